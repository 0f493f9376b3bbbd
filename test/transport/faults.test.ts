import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { type FaultName, faults } from "../../src/transport/faults.ts";
import { connectTo } from "./support/connection.ts";
import { assertNoCrashes } from "./support/crashes.ts";
import { failing } from "./support/failing.ts";
import { ERROR } from "./support/frames.ts";
import { Peer, type PeerRequest } from "./support/peer.ts";
import { until } from "./support/test-clock.ts";
import { userResponse, users } from "./support/users.ts";

const OK = { ":status": "200", "content-type": "application/proto" };
const GRPC_OK = { ":status": "200", "content-type": "application/grpc+proto" };

interface Case {
  readonly what: string;
  readonly fault: FaultName;
  readonly protocol?: "connect" | "grpc";
  readonly code?: Code;
  readonly does: (request: PeerRequest) => void;
}

const cases: readonly Case[] = [
  {
    what: "RST_STREAM REFUSED_STREAM",
    fault: "stream-refused",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.refusedStream),
  },
  {
    what: "RST_STREAM ENHANCE_YOUR_CALM",
    fault: "enhance-your-calm",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.enhanceYourCalm),
  },
  {
    what: "RST_STREAM CANCEL",
    fault: "stream-cancelled",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.cancel),
  },
  {
    what: "RST_STREAM NO_ERROR before headers",
    fault: "stream-ended-early",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.none),
  },
  {
    what: "RST_STREAM INTERNAL_ERROR",
    fault: "stream-failed",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.internal),
  },
  {
    what: "RST_STREAM HTTP_1_1_REQUIRED",
    fault: "http-1.1-required",
    does: ({ connection, streamId }) => connection.rst(streamId, ERROR.http11Required),
  },
  {
    what: "a connection that drops before the response",
    fault: "connection-lost",
    does: ({ connection }) => connection.destroy(),
  },
  {
    what: "a connection that drops within the response",
    fault: "connection-lost",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, OK);
      connection.data(streamId, userResponse("u").subarray(0, 2), false);
      connection.socket.end();
    },
  },
  {
    what: "GOAWAY with an error code",
    fault: "connection-lost",
    does: ({ connection, streamId }) => connection.goaway(streamId, ERROR.internal),
  },
  {
    what: "GOAWAY with an error code below the stream",
    fault: "goaway-unprocessed",
    does: ({ connection }) => connection.goaway(0, ERROR.enhanceYourCalm),
  },
  {
    what: "GOAWAY below the stream",
    fault: "goaway-unprocessed",
    does: ({ connection }) => connection.goaway(0),
  },
  {
    what: "RST_STREAM NO_ERROR within the response",
    fault: "truncated-response",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, OK);
      connection.data(streamId, userResponse("u").subarray(0, 0), false);
      connection.rst(streamId, ERROR.none);
    },
  },
  {
    what: "RST_STREAM CANCEL within the response",
    fault: "truncated-response",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, OK);
      connection.rst(streamId, ERROR.cancel);
    },
  },
  ...[502, 503, 504].map((status) => ({
    what: `HTTP ${status}`,
    fault: "gateway-error" as const,
    does: ({ connection, streamId }: PeerRequest) => connection.refuse(streamId, status, "no upstream"),
  })),
  {
    what: "HTTP 429",
    fault: "rate-limited",
    does: ({ connection, streamId }) => connection.refuse(streamId, 429, "too many"),
  },
  {
    what: "HTTP 401 from a proxy",
    fault: "http-error",
    code: Code.Unauthenticated,
    does: ({ connection, streamId }) => connection.refuse(streamId, 401, "log in"),
  },
  {
    what: "HTTP 500 from a proxy, over gRPC",
    fault: "http-error",
    protocol: "grpc",
    does: ({ connection, streamId }) => connection.refuse(streamId, 500, "oops"),
  },
  {
    what: "HTTP 404 as text from a server that has never responded like Zitadel",
    fault: "not-routed",
    does: ({ connection, streamId }) => connection.refuse(streamId, 404, "404 page not found\n"),
  },
  {
    what: "HTTP 404 as text, over gRPC, from a server that has never responded like Zitadel",
    fault: "not-routed",
    protocol: "grpc",
    does: ({ connection, streamId }) => connection.refuse(streamId, 404, "404 page not found\n"),
  },
  {
    what: "HTTP 404 of the REST gateway",
    fault: "not-served",
    does: ({ connection, streamId }) => connection.refuse(streamId, 404, { code: 5, message: "Not Found" }),
  },
  {
    what: "a response of another content type",
    fault: "malformed-response",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, { ":status": "200", "content-type": "text/html" });
      connection.data(streamId, Buffer.from("<html>"));
    },
  },
  {
    what: "a response that is not the expected message",
    fault: "malformed-response",
    does: ({ connection, streamId }) => connection.respond(streamId, Buffer.of(0xff, 0xff)),
  },
  {
    what: "a response in an unknown compression",
    fault: "malformed-response",
    does: ({ connection, streamId }) =>
      connection.respond(streamId, Buffer.of(1), { "content-encoding": "br" }),
  },
  {
    what: "a gRPC response without a whole message",
    fault: "malformed-response",
    protocol: "grpc",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, GRPC_OK);
      connection.data(streamId, Buffer.of(0, 0, 0, 0, 9, 1), false);
      connection.headers(streamId, { "grpc-status": "0" }, true);
    },
  },
  {
    what: "a gRPC response without a status",
    fault: "missing-status",
    protocol: "grpc",
    does: ({ connection, streamId }) => {
      connection.headers(streamId, GRPC_OK);
      connection.data(streamId, Buffer.of(0, 0, 0, 0, 0));
    },
  },
  {
    what: "a response above the limit",
    fault: "response-too-large",
    does: ({ connection, streamId }) => connection.respond(streamId, Buffer.alloc(2000)),
  },
  {
    what: "a server that says canceled (gRPC)",
    fault: "server-cancelled",
    protocol: "grpc",
    does: ({ connection, streamId }) =>
      connection.headers(
        streamId,
        { ...GRPC_OK, "grpc-status": "1", "grpc-message": "context%20canceled" },
        true,
      ),
  },
  {
    what: "a server that says deadline_exceeded (Connect)",
    fault: "server-cancelled",
    does: ({ connection, streamId }) => connection.refuse(streamId, 504, { code: "deadline_exceeded" }),
  },
];

describe("faults", () => {
  assertNoCrashes();

  it("are documented as they are implemented", () => {
    const docs = readFileSync(new URL("../../docs/networking.md", import.meta.url), "utf8");
    const section = docs.slice(docs.indexOf("## Faults"), docs.indexOf("## What a call costs"));
    const rows = section.matchAll(/^\| ([\w.-]+) \| (\w+) \| (no|maybe) \| ([\w-]+) \| .+ \|$/gm);
    assert.deepEqual(
      Array.from(rows, (row) => row.slice(1)),
      Object.entries(faults).map(([name, { code, processed, retry }]) => [
        name,
        Code[code],
        processed,
        retry,
      ]),
    );
  });

  for (const { what, fault, code, protocol = "connect", does } of cases) {
    it(`reports ${what} as ${fault}`, async () => {
      await using peer = await Peer.start({ onRequest: does });
      using connection = connectTo(peer.origin, {
        protocol,
        readMaxBytes: 1000,
        retry: { modeOf: () => "never" },
      });
      const { error, failure } = await failing(users(connection).getUserByID({ userId: "1" }));
      assert.equal(failure.fault, fault, error.message);
      assert.equal(error.code, code ?? faults[fault].code);
      assert.equal(failure.unprocessed, faults[fault].processed === "no");
      assert.equal(failure.origin, "transport");
      assert.equal(failure.attempts, 1);
    });
  }

  it("reports Canceled only when the caller aborted", async () => {
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin);
    const controller = new AbortController();
    const call = users(connection).getUserByID({ userId: "1" }, { signal: controller.signal });
    await until(() => peer.requests === 1);
    controller.abort();
    const { error, failure } = await failing(call);
    assert.deepEqual([error.code, failure.fault, failure.unprocessed], [Code.Canceled, "aborted", false]);
    await until(() => peer.last.frames.some(({ type }) => type === 3), "the reset of the stream");
  });

  it("reports Canceled for a signal that was already aborted, and sends nothing", async () => {
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin);
    const { error, failure } = await failing(
      users(connection).getUserByID({ userId: "1" }, { signal: AbortSignal.abort() }),
    );
    assert.deepEqual([error.code, failure.unprocessed, peer.connections.length], [Code.Canceled, true, 0]);
  });

  it("treats AbortSignal.timeout() as a deadline", async () => {
    await using peer = await Peer.start();
    using connection = connectTo(peer.origin);
    const { error } = await failing(users(connection).getUserByID({}, { signal: AbortSignal.timeout(5) }));
    assert.equal(error.code, Code.DeadlineExceeded);
  });

  it("ends running calls and refuses new ones when the connection is closed", async () => {
    await using peer = await Peer.start();
    const connection = connectTo(peer.origin);
    const call = failing(users(connection).getUserByID({ userId: "1" }));
    await until(() => peer.requests === 1);
    connection.close();
    assert.equal((await call).failure.fault, "closed");
    const after = await failing(users(connection).getUserByID({ userId: "2" }));
    assert.deepEqual([after.failure.fault, after.failure.unprocessed], ["closed", true]);
  });

  it("tells a not_found from Zitadel apart from a method that is not served", async () => {
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId }) =>
        connection.refuse(streamId, 404, { code: "not_found", message: "User not found (QUERY-Dfbg2)" }),
    });
    using connection = connectTo(peer.origin);
    const { error, failure } = await failing(users(connection).getUserByID({ userId: "1" }));
    assert.deepEqual([error.code, error.rawMessage], [Code.NotFound, "User not found (QUERY-Dfbg2)"]);
    assert.deepEqual([failure.origin, failure.unimplemented], ["server", undefined]);
  });

  it("says whether the service or the method is not served", async () => {
    const messages = [
      "unknown service zitadel.user.v2.UserService",
      "unknown method GetUserByID for service x",
    ];
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId, number }) =>
        connection.headers(
          streamId,
          { ...GRPC_OK, "grpc-status": "12", "grpc-message": messages[number - 1] ?? "" },
          true,
        ),
    });
    using connection = connectTo(peer.origin, { protocol: "grpc" });
    const found = [];
    for (const _ of messages) {
      found.push((await failing(users(connection).getUserByID({ userId: "1" }))).failure.unimplemented);
    }
    assert.deepEqual(found, ["service", "method"]);
  });

  it("keeps the status of an error whose body cannot be parsed", async () => {
    for (const encoding of ["br", "gzip"]) {
      await using peer = await Peer.start({
        onRequest: ({ connection, streamId }) =>
          connection.refuse(streamId, 503, "not packed at all", { "content-encoding": encoding }),
      });
      using connection = connectTo(peer.origin);
      assert.equal(
        (await failing(users(connection).deleteUser({}))).failure.fault,
        "gateway-error",
        encoding,
      );
    }
  });

  it("accepts responses with many headers, and with a trailer header without a name", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-${i}`, "1"]));
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId }) =>
        connection.respond(streamId, undefined, { ...many, "trailer-": "1" }),
    });
    using connection = connectTo(peer.origin);
    const trailers: Headers[] = [];
    await users(connection).getUserByID({}, { onTrailer: (trailer) => trailers.push(trailer) });
    assert.deepEqual(Array.from(trailers[0] ?? []), []);
  });

  it("survives malformed error details, messages and statuses", async () => {
    const garbage = [
      { "grpc-status": "5", "grpc-message": "100%" },
      { "grpc-status": "5", "grpc-status-details-bin": "!!!" },
      { "grpc-status": "97" },
      { "grpc-status": "x" },
    ];
    await using peer = await Peer.start({
      onRequest: ({ connection, streamId, number }) =>
        connection.headers(streamId, { ...GRPC_OK, ...garbage[number - 1] } as Record<string, string>, true),
    });
    using connection = connectTo(peer.origin, { protocol: "grpc" });
    for (const _ of garbage) await failing(users(connection).getUserByID({ userId: "1" }));
    assert.equal(peer.connections.length, 1);
  });
});
