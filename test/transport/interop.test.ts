import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import * as grpc from "@grpc/grpc-js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { type FetchTransport, fetchTransport } from "../../src/transport/fetch/fetch-transport.ts";
import type { HttpVersion, Protocol } from "../../src/transport/network.ts";
import { startConnectServer } from "./support/connect-server.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { startGrpcServer } from "./support/grpc-server.ts";
import { userResponse, users } from "./support/users.ts";

const BIG = "ä".repeat(1024 * 1024);
const detail = create(StringValueSchema, { value: "COMMAND-3n77z" });
/** `google.rpc.Status` with one detail: code 5, message "nope". */
const status = Buffer.concat([
  Buffer.from([0x08, 5, 0x12, 4]),
  Buffer.from("nope"),
  (() => {
    const any = anyPack(StringValueSchema, detail);
    const url = Buffer.from(any.typeUrl);
    const body = Buffer.concat([
      Buffer.of(0x0a, url.length),
      url,
      Buffer.of(0x12, any.value.length),
      Buffer.from(any.value),
    ]);
    return Buffer.concat([Buffer.of(0x1a, body.length), body]);
  })(),
]);

interface Server {
  readonly what: string;
  readonly protocol: Protocol;
  readonly httpVersion: HttpVersion;
  readonly transport?: FetchTransport;
  readonly start: () => Promise<AsyncDisposable & { origin: string }>;
}

function startConnectNode(httpVersion: HttpVersion) {
  return startConnectServer({
    http: httpVersion === "2" ? "h2" : "http/1.1",
    routes: (router) =>
      router.service(UserService, {
        getUserByID({ userId }, { responseHeader, responseTrailer, requestHeader }) {
          responseHeader.set("x-header", requestHeader.get("x-mine") ?? "");
          responseTrailer.set("x-trailer", "t");
          if (userId.startsWith("big")) return { user: { userId: BIG.repeat(userId === "bigger" ? 2 : 1) } };
          if (userId !== "missing") return userId === "" ? {} : { user: { userId } };
          const metadata = { "x-request-id": "r-1" };
          throw new ConnectError("nope", Code.NotFound, metadata, [
            { desc: StringValueSchema, value: detail },
          ]);
        },
      }),
  });
}

function startGrpcJs() {
  const { getUserByID: method } = UserService.method;
  return startGrpcServer([
    {
      method,
      handle({ request, metadata }) {
        const { userId } = request as { userId: string } & typeof request;
        const trailer = new grpc.Metadata();
        trailer.set("x-trailer", "t");
        trailer.set("x-header", metadata.get("x-mine").join());
        if (userId !== "missing") {
          return userId === "" ? { trailer } : { message: { user: { userId } }, trailer };
        }
        trailer.set("x-request-id", "r-1");
        trailer.set("grpc-status-details-bin", status);
        const error = Object.assign(new Error("nope"), { code: 5, details: "nope", metadata: trailer });
        return { error, trailer };
      },
    },
  ]);
}

const servers: readonly Server[] = [
  ...(
    [
      ["connect", "2"],
      ["grpc", "2"],
      ["grpc-web", "1.1"],
      ["connect", "1.1"],
    ] as const
  ).map(([protocol, httpVersion]) => ({
    what: `connect-node, ${protocol} over HTTP ${httpVersion}`,
    protocol,
    httpVersion,
    start: () => startConnectNode(httpVersion),
  })),
  ...(["connect", "grpc-web"] as const).map((protocol) => ({
    what: `connect-node, ${protocol} by fetch`,
    protocol,
    httpVersion: "auto" as const,
    transport: fetchTransport(),
    start: () => startConnectNode("1.1"),
  })),
  { what: "grpc-js, gRPC", protocol: "grpc", httpVersion: "2", start: startGrpcJs },
];

for (const { what, protocol, httpVersion, transport, start } of servers) {
  describe(`interoperation with ${what}`, () => {
    assertNoCrashes();
    const using = async (
      run: (client: ReturnType<typeof users>) => Promise<void>,
      compressMinBytes = 1024,
    ) => {
      await using server = await start();
      using connection = connectTo(server.origin, { protocol, httpVersion, transport, compressMinBytes });
      await run(users(connection));
    };

    it("passes a message, a header and a trailer", () =>
      using(async (client) => {
        const seen: (string | null)[] = [];
        const { user } = await client.getUserByID(
          { userId: "1" },
          {
            headers: { "x-mine": "m" },
            onHeader: (header) => seen.push(header.get("x-header")),
            onTrailer: (trailer) => seen.push(trailer.get("x-header"), trailer.get("x-trailer")),
          },
        );
        assert.equal(user?.userId, "1");
        assert.deepEqual([seen.includes("m"), seen.at(-1)], [true, "t"]);
      }));

    it("passes an empty message", () =>
      using(async (client) => {
        assert.equal((await client.getUserByID({})).user, undefined);
      }));

    it("passes an error with its detail and its metadata", () =>
      using(async (client) => {
        const { error, failure } = await failing(client.getUserByID({ userId: "missing" }));
        assert.deepEqual([error.code, error.rawMessage], [Code.NotFound, "nope"]);
        assert.equal(error.findDetails(StringValueSchema)[0]?.value, "COMMAND-3n77z");
        assert.equal(error.metadata.get("x-request-id"), "r-1");
        assert.deepEqual([failure.origin, failure.attempts], ["server", 1]);
      }));

    it("accepts a response of exactly readMaxBytes, and refuses a larger one", async () => {
      await using server = await start();
      const userId = "1".repeat(1000);
      const size = userResponse(userId).length;
      const get = async (readMaxBytes: number) => {
        using connection = connectTo(server.origin, { protocol, httpVersion, transport, readMaxBytes });
        return await users(connection).getUserByID({ userId });
      };
      assert.equal((await get(size)).user?.userId, userId);
      assert.equal((await failing(get(size - 1))).failure.fault, "response-too-large");
    });

    it("passes 2 MiB each way, compressed and uncompressed", async () => {
      for (const compressMinBytes of [1024, Number.POSITIVE_INFINITY]) {
        await using(async (client) => {
          // The second response is compressed, since the first was large.
          for (let i = 0; i < 2; i++)
            assert.equal((await client.getUserByID({ userId: BIG })).user?.userId, BIG);
        }, compressMinBytes);
      }
    });
  });
}

describe("compression", () => {
  it("is requested where responses were large before, and still limited by readMaxBytes", async () => {
    await using server = await startConnectNode("2");
    const encodings: (string | null)[] = [];
    const size = toBinary(StringValueSchema, create(StringValueSchema, { value: BIG })).length;
    for (const protocol of ["connect", "grpc"] as const) {
      using connection = connectTo(server.origin, { protocol, readMaxBytes: size + 100 });
      const onHeader = (header: Headers) =>
        encodings.push(header.get("content-encoding") ?? header.get("grpc-encoding"));
      await users(connection).getUserByID({ userId: "big" }, { onHeader });
      await users(connection).getUserByID({ userId: "big" }, { onHeader });
      const { failure } = await failing(users(connection).getUserByID({ userId: "bigger" }));
      assert.equal(failure.fault, "response-too-large");
    }
    assert.deepEqual(encodings, [null, "gzip", null, "gzip"]);
  });
});
