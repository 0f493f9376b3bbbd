import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http2";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { findFailure } from "../../src/transport/faults.ts";
import { connectFormats } from "../../src/transport/protocol/connect.ts";
import { grpcFormats, grpcWebFormats } from "../../src/transport/protocol/grpc.ts";
import { FrameReader, frame } from "../../src/transport/protocol/payload.ts";
import type { RawResponse, StreamFormat, WireFormat } from "../../src/transport/protocol/wire-format.ts";

type ResponseHeaders = RawResponse["headers"];

function respond(status: number, fields: IncomingHttpHeaders = {}): ResponseHeaders {
  return Object.assign({ ":status": status }, fields);
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const MESSAGE = text("a message");
const LIMIT = MESSAGE.length;
const COMPRESSED = 1;
const TRAILERS = 128;

/** A response, and what becomes of it: its message in quotes, or the code and the fault of the error, and its text. */
type Case = readonly [response: Partial<RawResponse>, outcome: string];

/** The outcome of a response, in the words of the tables below. */
async function read(format: WireFormat, response: Partial<RawResponse>): Promise<string> {
  const whole = { headers: {}, body: new Uint8Array(0), trailers: undefined, ...response };
  try {
    return JSON.stringify(Buffer.from(await format.read(whole, LIMIT)).toString());
  } catch (error) {
    return describeError(error);
  }
}

function describeError(error: unknown): string {
  assert.ok(error instanceof ConnectError, String(error));
  const { fault, origin, unimplemented } = findFailure(error) ?? {};
  return [Code[error.code], fault ?? origin, unimplemented, error.rawMessage].filter(Boolean).join(" ");
}

function check(name: string, format: WireFormat, cases: readonly Case[]): void {
  describe(`a response by ${name}`, () => {
    for (const [response, outcome] of cases) {
      const { headers, trailers, body } = response;
      const shown = JSON.stringify({ ...headers, ...(trailers && { trailers }) });
      it(`${shown} with ${JSON.stringify(Buffer.from(body ?? []).toString())} is ${outcome}`, async () => {
        assert.equal(await read(format, response), outcome);
      });
    }
  });
}

const grpc = (more: IncomingHttpHeaders = {}): ResponseHeaders =>
  respond(200, { "content-type": "application/grpc+proto", ...more });
const web = (more: IncomingHttpHeaders = {}): ResponseHeaders =>
  respond(200, { "content-type": "application/grpc-web+proto", ...more });
const http = (status: number, type: string, body = ""): Partial<RawResponse> => ({
  headers: respond(status, { "content-type": type }),
  body: text(body),
});
const whole = frame(MESSAGE, 0);
const zipped = gzipSync(MESSAGE);
const NOT_ONE = "Internal malformed-response The response is not a single, complete gRPC message";
const OK = JSON.stringify("a message");
const ok = { "grpc-status": "0" };
const gone = { "grpc-status": "5", "grpc-message": "it is%20gone" };
const GONE = "NotFound server it is gone";
const PAGE_NOT_FOUND = "404 page not found\n";
const NOT_SERVED =
  "Unimplemented not-served method The server does not serve this method (HTTP 404: 404 page not found)";

check("gRPC", grpcFormats.unary, [
  [{ headers: grpc(), body: whole, trailers: ok }, OK],
  [{ headers: grpc(ok), body: whole }, OK],
  [{ headers: grpc(ok), body: whole, trailers: {} }, OK],
  [{ headers: grpc(), body: frame(new Uint8Array(0), 0), trailers: ok }, '""'],
  [{ headers: grpc(), trailers: ok }, NOT_ONE],
  [{ headers: grpc(), body: whole.subarray(0, 3), trailers: ok }, NOT_ONE],
  [{ headers: grpc(), body: whole.subarray(0, -1), trailers: ok }, NOT_ONE],
  [{ headers: grpc(), body: Buffer.concat([whole, whole]), trailers: ok }, NOT_ONE],
  [{ headers: grpc(), body: whole, trailers: gone }, GONE],
  [{ headers: grpc(gone) }, GONE],
  [
    { headers: grpc(), body: whole, trailers: {} },
    "Internal missing-status The response has no gRPC status: something in front of the server may not forward HTTP trailers (gRPC-web needs none)",
  ],
  [{ headers: grpc({ "grpc-status": "many" }) }, "Internal server invalid grpc-status: many"],
  [{ headers: grpc({ ...gone, "grpc-message": "%" }) }, "Unknown server invalid gRPC status 5"],
  [{ headers: grpc({ ...gone, "grpc-status-details-bin": "AA" }) }, "Unknown server invalid gRPC status 5"],
  [
    { headers: grpc({ "grpc-status": "12", "grpc-message": "unknown service a.B" }) },
    "Unimplemented server service unknown service a.B",
  ],
  [
    { headers: grpc({ "grpc-status": "12", "grpc-message": "unknown method C for service a.B" }) },
    "Unimplemented server method unknown method C for service a.B",
  ],
  [
    { headers: grpc({ "grpc-status": "12", "grpc-message": "for an unknown service" }) },
    "Unimplemented server for an unknown service",
  ],
  [
    { headers: grpc({ "grpc-status": "5", "grpc-message": "unknown service user" }) },
    "NotFound server unknown service user",
  ],
  [{ headers: grpc({ "grpc-encoding": "gzip" }), body: frame(zipped, COMPRESSED), trailers: ok }, OK],
  [{ headers: grpc({ "grpc-encoding": "gzip" }), body: whole, trailers: ok }, OK],
  [
    { headers: grpc(), body: frame(zipped, COMPRESSED), trailers: ok },
    "Internal malformed-response The response is compressed, but does not say how",
  ],
  [
    {
      headers: grpc({ "grpc-encoding": "gzip" }),
      body: frame(gzipSync(text("longer than that")), COMPRESSED),
      trailers: ok,
    },
    `ResourceExhausted response-too-large The response is larger than ${LIMIT} bytes`,
  ],
  [http(200, "text/html"), "Internal malformed-response The response has the content type text/html"],
  [{ headers: respond(200) }, "Internal malformed-response The response has the content type undefined"],
  [
    http(403, "text/html", "<html>"),
    "Unimplemented grpc-blocked Something in front of the server does not forward gRPC (HTTP 403)",
  ],
  [
    http(404, "text/plain", "no 404 page not found"),
    "Unimplemented grpc-blocked Something in front of the server does not forward gRPC (HTTP 404: no 404 page not found)",
  ],
  [http(404, "text/plain", PAGE_NOT_FOUND), NOT_SERVED],
  [
    http(403, "text/plain", PAGE_NOT_FOUND),
    "Unimplemented grpc-blocked Something in front of the server does not forward gRPC (HTTP 403: 404 page not found)",
  ],
  [http(503, "text/plain", "no upstream"), "Unavailable gateway-error HTTP 503: no upstream"],
]);

const trailer = (fields: Readonly<Record<string, string>>): Uint8Array =>
  frame(
    text(
      Object.entries(fields)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join(""),
    ),
    TRAILERS,
  );

check("gRPC-web", grpcWebFormats.unary, [
  [{ headers: web(), body: Buffer.concat([whole, trailer(ok)]) }, OK],
  [{ headers: web(ok), body: whole }, OK],
  [{ headers: web(gone) }, GONE],
  [{ headers: web(), body: trailer(gone) }, GONE],
  [{ headers: web(ok), body: Buffer.concat([whole, trailer(gone)]) }, GONE],
  [{ headers: web(), body: whole }, "Unavailable truncated-response The response ended before its status"],
  [{ headers: web() }, "Unavailable truncated-response The response ended before its status"],
  [{ headers: web(), body: trailer(ok) }, NOT_ONE],
  [{ headers: web(), body: Buffer.concat([whole, whole, trailer(ok)]) }, NOT_ONE],
  [{ headers: web(ok), body: whole.subarray(0, 4) }, NOT_ONE],
  [{ headers: web(ok), body: whole.subarray(0, -1) }, NOT_ONE],
  [{ headers: web(ok), body: frame(new Uint8Array(0), 0) }, '""'],
  [
    { headers: web(), body: Buffer.concat([frame(text("a message!"), 0), trailer(ok)]) },
    `ResourceExhausted response-too-large The response is larger than ${LIMIT} bytes`,
  ],
  [
    http(200, "application/grpc"),
    "Internal malformed-response The response has the content type application/grpc",
  ],
  [http(403, "text/html"), "PermissionDenied http-error HTTP 403"],
]);

const CONNECT = "application/proto";
const JSON_TYPE = "application/json; charset=utf-8";
const exhausted = '{"code":"resource_exhausted","message":"too much"}';

check("Connect", connectFormats.unary, [
  [http(200, CONNECT, "a message"), OK],
  [{ headers: respond(200, { "content-type": CONNECT, "content-encoding": "gzip" }), body: zipped }, OK],
  [http(200, "text/html"), "Internal malformed-response The response has the content type text/html"],
  [http(200, JSON_TYPE, "{}"), `Internal malformed-response The response has the content type ${JSON_TYPE}`],
  [http(503, CONNECT, "a message"), "Unavailable gateway-error HTTP 503"],
  [http(429, JSON_TYPE, exhausted), "ResourceExhausted server too much"],
  [http(429, "text/json", exhausted), "ResourceExhausted rate-limited HTTP 429"],
  [http(429, "text/plain", exhausted), `ResourceExhausted rate-limited HTTP 429: ${exhausted}`],
  [http(429, JSON_TYPE, '{"code":8}'), 'ResourceExhausted rate-limited HTTP 429: {"code":8}'],
  [http(429, JSON_TYPE, '{"code":"new"}'), "ResourceExhausted server"],
  [
    http(429, JSON_TYPE, '{"code":"not_found","message":7}'),
    'ResourceExhausted rate-limited HTTP 429: {"code":"not_found","message":7}',
  ],
  [http(429, JSON_TYPE, "null"), "ResourceExhausted rate-limited HTTP 429: null"],
  [http(429, JSON_TYPE, "7"), "ResourceExhausted rate-limited HTTP 429: 7"],
  [http(429, JSON_TYPE, "{"), "ResourceExhausted rate-limited HTTP 429: {"],
  [
    {
      headers: respond(429, { "content-type": JSON_TYPE, "content-encoding": "gzip" }),
      body: gzipSync("{}"),
    },
    "ResourceExhausted rate-limited HTTP 429: {}",
  ],
  [
    {
      headers: respond(429, { "content-type": JSON_TYPE, "content-encoding": "br" }),
      body: text(exhausted),
    },
    "ResourceExhausted rate-limited HTTP 429",
  ],
  [
    {
      headers: respond(429, { "content-type": JSON_TYPE, "content-encoding": "gzip" }),
      body: text("broken"),
    },
    "ResourceExhausted rate-limited HTTP 429",
  ],
  [
    { headers: respond(200, { "content-type": CONNECT, "content-encoding": "br" }), body: MESSAGE },
    "Internal malformed-response The response is compressed with br, which was not requested",
  ],
]);

describe("the metadata of a response", () => {
  const fields = { "content-type": CONNECT, etag: "1", "trailer-cost": "2", "trailer-": "3" };

  it("by Connect is divided by the prefix of its trailers, and an error has all of it", async () => {
    const response = { headers: respond(200, fields), body: MESSAGE, trailers: undefined };
    assert.deepEqual(
      [...connectFormats.unary.header(response)],
      [
        ["content-type", CONNECT],
        ["etag", "1"],
      ],
    );
    assert.deepEqual([...connectFormats.unary.trailer(response)], [["cost", "2"]]);
    const failed = { ...response, headers: respond(500, fields) };
    const expected = [
      ["content-type", CONNECT],
      ["cost", "2"],
      ["etag", "1"],
    ];
    assert.throws(
      () => connectFormats.unary.read(failed, LIMIT),
      (error: ConnectError) => {
        assert.deepEqual([...error.metadata], expected);
        return true;
      },
    );
  });

  it("by gRPC is that of its headers and trailers, each once in an error", () => {
    const trailers = { ...gone, "x-id": "1", etag: "2" };
    const response = { headers: grpc({ etag: "1", "x-id": "1" }), body: whole, trailers };
    assert.equal(grpcFormats.unary.header(response).get("etag"), "1");
    assert.equal(grpcFormats.unary.trailer(response).get("etag"), "2");
    assert.throws(
      () => grpcFormats.unary.read(response, LIMIT),
      ({ metadata }: ConnectError) => {
        assert.deepEqual([metadata.get("etag"), metadata.get("x-id")], ["1, 2", "1"]);
        return true;
      },
    );
  });

  it("by gRPC-web is that of its headers and its last frame, if there is one", () => {
    const { unary } = grpcWebFormats;
    const response = {
      headers: web(ok),
      body: Buffer.concat([whole, trailer({ cost: "2" })]),
      trailers: undefined,
    };
    assert.deepEqual([...unary.trailer(response)], [["cost", "2"]]);
    assert.deepEqual([...unary.trailer({ ...response, body: whole })], []);
  });
});

describe("an error from something in front of the server", () => {
  it("has the headers of its response", () => {
    const fields = { "content-type": "text/html", server: "a proxy" };
    for (const { unary } of [grpcFormats, grpcWebFormats, connectFormats]) {
      for (const status of [200, 403, 503]) {
        const response = { headers: respond(status, fields), body: new Uint8Array(0), trailers: undefined };
        assert.throws(
          () => unary.read(response, LIMIT),
          ({ metadata }: ConnectError) => metadata.get("server") === "a proxy",
        );
      }
    }
    const headers = grpc({ server: "a proxy" });
    assert.throws(
      () => grpcFormats.unary.read({ headers, body: whole, trailers: {} }, LIMIT),
      ({ metadata }: ConnectError) => metadata.get("server") === "a proxy",
    );
  });
});

describe("the end of a stream", () => {
  const end = (
    format: StreamFormat,
    last: Uint8Array | undefined,
    headers: ResponseHeaders,
    trailers?: IncomingHttpHeaders,
  ): string => {
    try {
      const found = format.end(last, { headers, trailers });
      return found === undefined ? "incomplete" : JSON.stringify([...found]);
    } catch (error) {
      return describeError(error);
    }
  };

  it("is in the trailers of HTTP or in the headers by gRPC", () => {
    const { stream } = grpcFormats;
    assert.equal(end(stream, undefined, grpc(), { ...ok, cost: "2" }), '[["cost","2"],["grpc-status","0"]]');
    assert.equal(end(stream, undefined, grpc(ok)), "[]");
    assert.equal(end(stream, undefined, grpc(gone)), GONE);
    assert.equal(end(stream, undefined, grpc(), gone), GONE);
    assert.match(end(stream, undefined, grpc(), {}), /missing-status/);
    assert.match(end(stream, undefined, grpc()), /missing-status/);
  });

  it("is in a frame or in the headers by gRPC-web", () => {
    const { stream } = grpcWebFormats;
    const last = (fields: Readonly<Record<string, string>>) => trailer(fields).subarray(5);
    assert.equal(end(stream, last({ ...ok, cost: "2" }), web()), '[["cost","2"],["grpc-status","0"]]');
    assert.equal(end(stream, last(gone), web(ok)), GONE);
    assert.equal(end(stream, undefined, web(gone)), GONE);
    assert.match(end(stream, undefined, web(ok)), /"grpc-status","0"/);
    assert.equal(end(stream, undefined, web()), "incomplete");
  });

  it("is in a frame by Connect", () => {
    const { stream } = connectFormats;
    const headers = respond(200, { "content-type": "application/connect+proto", etag: "1" });
    const last = (json: unknown) => text(JSON.stringify(json));
    assert.equal(end(stream, last({ metadata: { cost: ["2"] } }), headers), '[["cost","2"]]');
    assert.equal(end(stream, undefined, headers), "incomplete");
    const error = { code: "not_found", message: "it is gone" };
    assert.equal(end(stream, last({ error }), headers), GONE);
    assert.match(end(stream, text("{"), headers), /^Internal malformed-response The end of the stream/);
  });

  it("follows only on what is a stream in the protocol; anything else is an error", () => {
    for (const [{ stream }, type, status] of [
      [grpcFormats, "application/grpc", 403],
      [grpcWebFormats, "application/grpc-web", 503],
      [connectFormats, "application/connect+proto", 503],
    ] as const) {
      assert.equal(stream.isStream(respond(200, { "content-type": type })), true);
      const others: ResponseHeaders[] = [
        respond(status, { "content-type": type }),
        respond(200, { "content-type": "text/html" }),
        respond(200),
      ];
      for (const headers of others) {
        assert.equal(stream.isStream(headers), false);
        const response = { headers, body: new Uint8Array(0), trailers: undefined };
        assert.throws(() => stream.reject(response), ConnectError, JSON.stringify(headers));
      }
    }
  });
});

describe("frames", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 });
  const cuts = fc.array(fc.nat(12), { minLength: 1, maxLength: 20 });

  it("are read whole and in order, however the stream is cut", () => {
    fc.assert(
      fc.property(payloads, cuts, fc.boolean(), (sent, sizes, eager) => {
        const bytes = Buffer.concat(sent.map((payload, index) => frame(payload, index)));
        const reader = new FrameReader(20);
        const received: unknown[] = [];
        const drain = () => {
          for (let next = reader.next(); next !== undefined; next = reader.next()) {
            received.push([next.flags, Buffer.from(next.payload)]);
          }
        };
        let at = 0;
        for (let turn = 0; at < bytes.length; turn++) {
          const size = (sizes[turn % sizes.length] ?? 0) + (turn < 100 ? 0 : 1);
          reader.push(bytes.subarray(at, at + size));
          at += size;
          if (eager) drain();
        }
        drain();
        assert.deepEqual(
          received,
          sent.map((payload, index) => [index, Buffer.from(payload)]),
        );
        assert.equal(reader.isWithinFrame, false);
      }),
    );
  });

  it("that are cut short are told apart from the end", () => {
    const reader = new FrameReader(LIMIT);
    assert.equal(reader.isWithinFrame, false);
    for (const byte of whole.subarray(0, -1)) {
      reader.push(Buffer.of(byte));
      assert.equal(reader.next(), undefined);
      assert.equal(reader.isWithinFrame, true);
    }
  });

  it("that are larger than the limit fail before they have arrived", () => {
    const reader = new FrameReader(LIMIT - 1);
    reader.push(whole.subarray(0, 5));
    assert.throws(() => reader.next(), /\[resource_exhausted\] The message is larger than 8 bytes/);
  });
});
