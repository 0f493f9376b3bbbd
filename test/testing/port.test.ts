import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { describe, it } from "node:test";
import * as tls from "node:tls";
import { promisify } from "node:util";
import { startEmulator } from "../../src/testing/index.ts";
import { send } from "./support/raw-http.ts";
import { frame } from "./support/rpc-wire.ts";

const HEALTH = { method: "GET", path: "/debug/healthz" } as const;

/** Length, type and flags of a SETTINGS frame. */
const SETTINGS_FRAME = new RegExp(`^[^]{3}${String.fromCharCode(4)}`);

describe("the emulator's port", () => {
  it("speaks HTTP/1.1 and HTTP/2 with prior knowledge", async () => {
    await using emulator = await startEmulator();
    for (const httpVersion of ["1.1", "2"] as const) {
      const { status, body } = await send(emulator.url, { ...HEALTH, httpVersion });
      assert.deepEqual([status, body.toString()], [200, "ok"]);
    }
    assert.deepEqual(
      emulator.requests.map(({ httpVersion }) => httpVersion),
      ["1.1", "2"],
    );
  });

  const firstBytes: [protocol: string, bytes: string, response: RegExp][] = [
    ["HTTP/1.1", "PROPFIND / HTTP/1.1\r\nhost: localhost\r\n\r\n", /^HTTP\/1\.1 405 /],
    // The preface and an empty SETTINGS frame, to which the server responds with its own SETTINGS.
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", SETTINGS_FRAME],
  ];
  for (const [protocol, bytes, response] of firstBytes) {
    it(`recognizes a client of ${protocol} even if its first bytes come one by one`, async () => {
      await using emulator = await startEmulator();
      const socket = net.connect(Number(new URL(emulator.url).port), "127.0.0.1");
      socket.setNoDelay();
      const responded = once(socket, "data");
      for (const byte of bytes) {
        await new Promise<void>((written) => socket.write(byte, "latin1", () => setImmediate(written)));
      }
      const [data] = (await responded) as [Buffer];
      assert.match(data.toString("latin1"), response);
      socket.destroy();
    });
  }

  it("handles no request whose connection over HTTP/1.1 ends before its body", async () => {
    await using emulator = await startEmulator();
    const port = Number(new URL(emulator.url).port);
    const socket = net.connect(port, "127.0.0.1");
    await new Promise<void>((written) =>
      socket.write("POST /half HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{", () => written()),
    );
    socket.destroy();
    await fetch(`${emulator.url}/whole`);
    assert.deepEqual(
      emulator.requests.map(({ path }) => path),
      ["/whole"],
    );
  });

  it("allows 250 streams per connection and windows of 1 MiB, as a Zitadel does", async () => {
    await using emulator = await startEmulator();
    const session = http2.connect(emulator.url);
    const [settings] = (await once(session, "remoteSettings")) as [http2.Settings];
    assert.equal(settings.maxConcurrentStreams, 250);
    assert.equal(settings.initialWindowSize, 1 << 20);
    session.destroy();
  });

  it("presents a certificate that Node verifies for each loopback name when it trusts it", async () => {
    await using emulator = await startEmulator({ tls: true, domains: ["zitadel.test"] });
    const port = Number(new URL(emulator.url).port);
    assert.match(emulator.url, /^https:\/\/localhost:\d+$/);
    for (const servername of ["localhost", "zitadel.test"]) {
      const socket = tls.connect({
        port,
        host: "localhost",
        servername,
        ca: emulator.ca,
        ALPNProtocols: ["h2"],
      });
      await once(socket, "secureConnect");
      assert.ok(socket.authorized);
      assert.equal(socket.alpnProtocol, "h2");
      const { subjectaltname = "" } = socket.getPeerCertificate();
      assert.match(subjectaltname, /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/);
      socket.destroy();
    }
    const distrusted = tls.connect({ port, host: "localhost" });
    const [error] = (await once(distrusted, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("closes immediately, with idle and busy connections of every kind open", async () => {
    const emulator = await startEmulator();
    const { url } = emulator;
    const port = Number(new URL(url).port);
    const idle = net.connect(port, "localhost");
    const session = http2.connect(url);
    session.on("error", () => {});
    await Promise.all([once(idle, "connect"), once(session, "remoteSettings")]);
    let arrived = (): void => {};
    const busy = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    emulator.intercept(async () => {
      arrived();
      return await new Promise(() => {});
    });
    const stream = session.request({ ":path": "/debug/healthz" });
    stream.on("error", () => {});
    await busy;
    const ends = Promise.all([once(idle, "close"), once(session, "close")]);
    await emulator.close();
    await ends;
    const refused = net.connect(port, "localhost");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    assert.match(String(error.code), /ECONNREFUSED/);
    await emulator.close();
  });

  it("handles hundreds of calls at once", async () => {
    await using emulator = await startEmulator();
    const session = http2.connect(emulator.url);
    const headers = {
      ":method": "POST",
      ":path": "/zitadel.user.v2.UserService/ListUsers",
      "content-type": "application/proto",
      authorization: `Bearer ${emulator.serviceUser.token}`,
    };
    const statuses = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const stream = session.request(headers);
        stream.end();
        stream.resume();
        const [response] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
        return response[":status"];
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(emulator.requests.length, 500);
    session.destroy();
  });

  it("accepts gRPC messages for v1 services up to 4 MiB, and of any size for v2 services", async () => {
    await using emulator = await startEmulator();
    // A field that the message does not have, of 4 MiB with tag and length in front, which exceeds the limit.
    const body = frame(
      Buffer.concat([Uint8Array.of(0xfa, 0x3f, 0x80, 0x80, 0x80, 0x02), Buffer.alloc(4 << 20)]),
    );
    const call = async (path: string) => {
      const authorization = `Bearer ${emulator.serviceUser.token}`;
      const headers = { "content-type": "application/grpc+proto", te: "trailers", authorization };
      const { trailers } = await send(emulator.url, { httpVersion: "2", path, headers, body });
      return trailers.get("grpc-status");
    };
    assert.equal(await call("/zitadel.management.v1.ManagementService/ListUsers"), "8");
    assert.equal(await call("/zitadel.user.v2.UserService/ListUsers"), "0");
  });

  it("keeps no process alive once it is closed", async () => {
    const program = `
      import { startEmulator } from ${JSON.stringify(import.meta.resolve("../../src/testing/index.ts"))};
      const emulator = await startEmulator({ tls: true });
      await fetch(emulator.url.replace("https", "http")).catch(() => {});
      await emulator.close();
      process.stdout.write("closed");
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      timeout: 10_000,
    });
    assert.equal(stdout, "closed");
  });
});
