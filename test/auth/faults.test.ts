import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { HttpError } from "../../src/shared/http-client.ts";
import { freePort } from "../transport/support/free-port.ts";
import { fastClock } from "./support/clocks.ts";
import { httpClient } from "./support/http-client.ts";
import { granted, TokenServer } from "./support/token-server.ts";

const method = clientCredentials({ clientId: "ci-bot", clientSecret: "s3cret" });

/** What a broken network does to one response. */
const FAULTS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "hangs before its headers": () => undefined,
  "hangs within its body": (response) => {
    response.writeHead(200, { "content-length": "500" });
    response.write('{"access_token":');
  },
  "half-closes": (response) => {
    response.socket?.end();
  },
  "resets the connection": (response) => {
    response.socket?.resetAndDestroy();
  },
  "is cut within its body": (response) => {
    response.writeHead(200, { "content-length": "500" });
    response.write('{"access_token":', () => response.socket?.destroy());
  },
  "ends early without saying so": (response) => {
    response.end('{"access_token":"a","token_');
  },
};

describe("faults of the token endpoint cause no unhandled rejection or exception", {
  concurrency: true,
}, () => {
  // The runner fails a test that causes either.
  for (const [fault, apply] of Object.entries(FAULTS)) {
    it(`a token request that ${fault} fails no call while the token is valid`, async (test) => {
      const server = await TokenServer.start(test);
      let broken = false;
      server.onToken = ({ count }, response) => {
        if (!broken) return granted(`token-${count}`, 60);
        apply(response);
        return undefined;
      };
      const clock = fastClock();
      const source = method(server.context({ clock }));
      assert.equal((await source.getToken()).token, "token-1");
      broken = true;
      const end = clock.monotonic() + 55_000;
      while (clock.monotonic() < end) {
        assert.equal((await source.getToken()).token, "token-1");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.ok(server.requests.length >= 2);
      broken = false;
      // A caller that reports a token gets the reason why there is no other.
      const recovered = async (): Promise<string> =>
        source.getToken({ rejected: "token-1" }).then(
          ({ token }) => token,
          () => new Promise((resolve) => setTimeout(() => resolve(recovered()), 20)),
        );
      assert.match(await recovered(), /^token-([2-9]|\d\d+)$/);
    });

    it(`a first token request that ${fault} is followed by one that succeeds`, async (test) => {
      const server = await TokenServer.start(test);
      server.onToken = ({ count }, response) => {
        if (count > 1) return granted("a");
        apply(response);
        return undefined;
      };
      const clock = fastClock(30, () => 0);
      assert.equal((await method(server.context({ clock })).getToken()).token, "a");
    });
  }

  it("an endpoint that refuses connections is reported as unreachable, with the system's message", async () => {
    const port = await freePort();
    const context = { origin: `http://127.0.0.1:${port}`, http: httpClient };
    await assert.rejects(
      method({ ...context, clock: fastClock(60) }).getToken(),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "unreachable");
        assert.match(error.message, /ECONNREFUSED/);
        return true;
      },
    );
  });

  it("an endpoint on which nothing listens gets one request, since the connection has waited for it", async () => {
    let requests = 0;
    const http = () => {
      requests += 1;
      return Promise.reject(
        new HttpError("Nothing listens at http://localhost:1", { retryable: true, nothingListens: true }),
      );
    };
    const context = { origin: "http://localhost:1", http, clock: fastClock(60) };
    await assert.rejects(method(context).getToken(), { code: "unreachable", retryable: true });
    assert.equal(requests, 1);
  });

  it("an endpoint that never responds is reported as a timeout", async (test) => {
    const sockets: Socket[] = [];
    const hole = createServer((socket) => sockets.push(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => hole.listen(0, "127.0.0.1", resolve));
    test.after(() => {
      for (const socket of sockets) socket.destroy();
      hole.close();
    });
    const address = hole.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const context = { origin: `http://127.0.0.1:${port}`, http: httpClient };
    await assert.rejects(method({ ...context, clock: fastClock(200) }).getToken(), { code: "timeout" });
  });
});
