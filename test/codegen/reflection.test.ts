import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { collectServices } from "../../src/codegen/api-record.ts";
import { computeApiDigest } from "../../src/codegen/identity.ts";
import { readApi } from "../../src/codegen/read-api.ts";
import { parseSource } from "../../src/codegen/sources/parse-source.ts";
import { pinSource } from "../../src/codegen/sources/pin.ts";
import type { InstanceOptions } from "../../src/codegen/sources/reflection/instance.ts";
import { startEmulator } from "../../src/testing/index.ts";
import { createSelfSignedIdentity } from "../../src/testing/net/certificate.ts";
import { startGrpcServer } from "../transport/support/grpc-server.ts";
import { startNginx, withoutNginx } from "../transport/support/nginx.ts";
import { refusesGrpcAs, refusesGrpcAsAlb, startReverseProxy } from "../transport/support/reverse-proxy.ts";
import { file, message, needed, pinnedFiles, service, Type } from "./support/apis.ts";
import { serveGrpcJs } from "./support/grpc-js-server.ts";
import { recorded } from "./support/recorded.ts";
import { serveReflection } from "./support/reflection-server.ts";

const common = file({
  name: "acme/common.proto",
  package: "acme",
  dependency: ["google/protobuf/timestamp.proto"],
  messageType: [message("Thing", { name: Type.STRING, at: "google.protobuf.Timestamp" })],
});
const greeter = file({
  name: "acme/greeter.proto",
  package: "acme",
  dependency: ["acme/common.proto"],
  service: [service("Greeter", "acme.Thing", ["Greet"])],
});
const unserved = file({
  name: "zitadel/analytics/v2beta/telemetry_service.proto",
  package: "zitadel.analytics.v2beta",
  dependency: ["acme/common.proto"],
  service: [service("TelemetryService", "acme.Thing", ["Report"])],
});

function read(origin: string, instance: InstanceOptions = {}) {
  return readApi(parseSource(origin, { directory: ".", instance }));
}

async function rejection(origin: string, instance?: InstanceOptions): Promise<string> {
  return await read(origin, instance).then(
    () => assert.fail("it should be refused"),
    (error: Error) => `${error.name}: ${error.message.replace(origin, "<origin>")}`,
  );
}

describe("a live instance", () => {
  let pinned: FileDescriptorProto[];
  let pinnedDigest: string;
  before(async () => {
    pinned = await pinnedFiles();
    pinnedDigest = computeApiDigest((await readApi(pinSource)).files);
  });

  it("returns all services and RPCs of the pinned API, file for file, and is asked for each once", async () => {
    await using server = await serveReflection({ files: pinned });
    const api = await read(server.origin);
    const services = collectServices(api.files);
    assert.equal(services.length, recorded.services);
    assert.equal(services.flatMap(({ methods }) => methods).length, recorded.rpcs);
    assert.equal(computeApiDigest(api.files), pinnedDigest);
    const asked = server.questions.map(({ case: kind, value }) => `${kind} ${value}`);
    assert.equal(new Set(asked).size, asked.length);
  });

  it("may be the emulator, also over TLS", async () => {
    for (const tls of [false, true]) {
      await using emulator = await startEmulator({ tls });
      const api = await read(emulator.url, { tls: { ca: emulator.ca } });
      assert.equal(collectServices(api.files).length, recorded.services);
      assert.equal(computeApiDigest(api.files), pinnedDigest);
    }
  });

  it("may support v1alpha only", async () => {
    await using server = await serveReflection({ files: [greeter, common], versions: ["v1alpha"] });
    assert.equal((await read(server.origin)).files.length, 3);
  });

  it("may be another implementation, whose descriptors have relative type names and omit imports", async () => {
    const directory = mkdtempSync(join(tmpdir(), "grpc-js-"));
    try {
      writeFileSync(
        join(directory, "other.proto"),
        'syntax = "proto3"; package acme.v1; message Other { message Inner {} Inner inner = 1; }',
      );
      writeFileSync(
        join(directory, "greeter.proto"),
        `syntax = "proto3"; package acme.greeter; import "other.proto";
        service Greeter { rpc Greet(Request) returns (acme.v1.Other); }
        message Request { acme.v1.Other.Inner inner = 1; Kind kind = 2; } enum Kind { ANY = 0; }`,
      );
      await using server = await serveGrpcJs(join(directory, "greeter.proto"), directory);
      const api = await read(server.origin);
      const [only] = collectServices(api.files);
      assert.equal(only?.method["greet"]?.output.typeName, "acme.v1.Other");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("may declare services that it does not serve: they are generated, with a note", async () => {
    await using server = await serveReflection({
      files: [greeter, common, unserved],
      services: ["acme.Greeter"],
    });
    const api = await read(server.origin);
    assert.equal(collectServices(api.files).length, 2);
    assert.deepEqual(api.notes, [
      "zitadel.analytics.v2beta.TelemetryService is declared there but not served: calling it will fail.",
    ]);
  });

  it("may serve what it does not describe: the rest is generated, with a note", async () => {
    const services = ["acme.Greeter", "acme.Secret", "grpc.health.v1.Health"];
    await using server = await serveReflection({ files: [greeter, common], services });
    const api = await read(server.origin);
    assert.deepEqual(api.notes, ["acme.Secret is served there but not described: it is left out."]);
  });

  it("may lack files that protobuf or the pinned API has", async () => {
    const service = needed(pinned, "zitadel/session/v2/session_service.proto");
    const files = service.filter(({ name }) => name.startsWith("zitadel/"));
    assert.notEqual(files.length, service.length);
    await using server = await serveReflection({ files });
    const api = await readApi(parseSource(server.origin, { directory: "." }), { include: ["*"] });
    assert.ok(api.files.some(({ proto }) => proto.name === "google/api/http.proto"));
  });

  it("receives headers and the host of the instance", async () => {
    const seen: Headers[] = [];
    await using server = await serveReflection({
      files: [greeter, common],
      onHeaders: (headers) => seen.push(headers),
    });
    await read(server.origin, { instanceHost: "acme.example.com", headers: { "x-team": "billing" } });
    assert.equal(seen[0]?.get("x-zitadel-instance-host"), "acme.example.com");
    assert.equal(seen[0]?.get("x-team"), "billing");
  });

  it("is verified by the configured certificate authority", async () => {
    const identity = await createSelfSignedIdentity(["localhost"]);
    await using server = await serveReflection({ files: [greeter, common], identity });
    assert.equal((await read(server.origin, { tls: { ca: identity.cert } })).files.length, 3);
    assert.match(await rejection(server.origin), /^CodegenError: <origin>: TLS: self.signed certificate/);
  });

  it("is reached through a proxy", async () => {
    await using server = await serveReflection({ files: [greeter, common] });
    const proxy = http.createServer();
    const targets: (string | undefined)[] = [];
    const sockets: net.Socket[] = [];
    proxy.on("connect", ({ url }, client: net.Socket) => {
      targets.push(url);
      const { hostname, port } = new URL(`http://${url}`);
      const upstream = net.connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(client).pipe(upstream);
      });
      sockets.push(client, upstream);
      for (const socket of [client, upstream]) socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = proxy.address() as net.AddressInfo;
      await read(server.origin, { proxy: new URL(`http://127.0.0.1:${port}`) });
      assert.deepEqual(targets, [new URL(server.origin).host]);
    } finally {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    }
  });
});

describe("an instance cannot be read if it", () => {
  const odd = { files: [greeter, common] };

  it("has no reflection", async () => {
    await using server = await serveReflection({ ...odd, versions: [] });
    const message =
      "it does not respond in gRPC (HTTP 404): a proxy or load balancer in between does not forward gRPC, or gRPC server reflection is not served there";
    assert.equal(await rejection(server.origin), `CodegenError: <origin>: ${message}`);
    await using grpc = await startGrpcServer([]);
    assert.equal(
      await rejection(grpc.origin),
      "CodegenError: <origin>: it does not describe itself: gRPC server reflection is not served there",
    );
  });

  it("is behind a proxy that does not pass on gRPC", async () => {
    await using server = await serveReflection(odd);
    for (const [options, reason] of [
      [{ rules: [refusesGrpcAsAlb] }, /does not respond in gRPC \(HTTP 464\): a proxy or load balancer/],
      [{ rules: [refusesGrpcAs(403)] }, /does not respond in gRPC \(HTTP 403\): a proxy or load balancer/],
      [{ dropsTrailers: true }, /no gRPC status: a proxy in between drops HTTP trailers/],
    ] as const) {
      await using proxy = await startReverseProxy({ upstream: server.origin, ...options });
      assert.match(await rejection(proxy.origin), reason);
    }
  });

  it("is behind an nginx that speaks HTTP/1.1 to it", { skip: withoutNginx }, async () => {
    await using emulator = await startEmulator();
    await using proxy = await startNginx({ upstream: emulator.url });
    assert.match(
      await rejection(proxy.origin),
      /does not respond in gRPC \(HTTP 404\): a proxy or load balancer/,
    );
    await using passing = await startNginx({ upstream: emulator.url, pass: "grpc" });
    assert.equal(collectServices((await read(passing.origin)).files).length, recorded.services);
  });

  it("is not an HTTP/2 server, or not there", async () => {
    const server = http.createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const problem = await rejection(origin);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    assert.match(problem, /^CodegenError: <origin>: .*HTTP\/2/);
    assert.match(await rejection(origin), /^CodegenError: <origin>: connect ECONNREFUSED/);
  });

  it("lists nothing", async () => {
    await using server = await serveReflection({ ...odd, services: [] });
    assert.equal(await rejection(server.origin), "CodegenError: <origin>: it describes no services");
  });

  it("responds with an error, or with something else", async () => {
    const error = { case: "error", value: { code: 7, message: "not for you" } };
    await using refusing = await serveReflection({ ...odd, respond: () => error });
    assert.equal(await rejection(refusing.origin), "CodegenError: <origin>: it says: not for you");
    await using confused = await serveReflection({ ...odd, respond: () => ({ case: undefined }) });
    assert.equal(
      await rejection(confused.origin),
      "CodegenError: <origin>: it sent a response of an unknown kind",
    );
  });

  it("sends malformed descriptors", async () => {
    const garbage = { case: "files", value: { encoded: [Buffer.from("no descriptor")] } };
    await using server = await serveReflection({
      ...odd,
      respond: (question) => (question.case === "listServices" ? undefined : garbage),
    });
    assert.match(await rejection(server.origin), /^CodegenError: <origin>: it sent a malformed descriptor: /);
  });

  it("sends more than any API has: bytes, parts of a descriptor, endlessly nested imports", async () => {
    let count = 0;
    const endless = () => {
      const dependency = Array.from({ length: 1000 }, (_, i) => `acme/${count}-${i}.proto`);
      return { name: `acme/greeter${count++}.proto`, dependency };
    };
    const encoded = {
      bytes: () => Buffer.alloc(17 * 1024 * 1024),
      parts: () => Buffer.alloc(5_000_000, Buffer.from([0x22, 0x00])),
      files: () => toBinary(FileDescriptorProtoSchema, file(endless())),
    };
    for (const [kind, expected] of Object.entries({
      bytes: /it sent more than 16777216 bytes at once$/,
      parts: /it sent a malformed descriptor, but millions of tiny parts$/,
      files: /it describes more than 10000 files$/,
    })) {
      const response = () => ({
        case: "files",
        value: { encoded: [encoded[kind as keyof typeof encoded]()] },
      });
      await using server = await serveReflection({
        ...odd,
        respond: (question) => (question.case === "listServices" ? undefined : response()),
      });
      assert.match(await rejection(server.origin), expected);
    }
  });

  it("lacks an import that is found nowhere", async () => {
    await using server = await serveReflection({ files: [greeter] });
    assert.match(
      await rejection(server.origin),
      /<origin>: acme\/greeter\.proto imports acme\/common\.proto, which is missing and unknown here/,
    );
  });

  it("does not respond in time", async () => {
    const silent = net.createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    after(() => silent.close());
    const origin = `http://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    const late = "CodegenError: <origin>: it did not respond in time";
    assert.equal(await rejection(origin, { timeoutMs: 50 }), late);
    await using mute = await serveReflection({ ...odd, respond: () => new Promise(() => {}) });
    assert.equal(await rejection(mute.origin, { timeoutMs: 50 }), late);
  });
});
