import assert from "node:assert/strict";
import { codeToHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import type { ErrorOutcome, HttpOutcome, RpcOutcome } from "../exchanges.ts";
import type { RawResponse } from "./raw-http.ts";
import { frames, parseDetail, type WireProtocol } from "./rpc-wire.ts";

/** The two generations of services put the same things into different places. */
type Generation = "v1" | "v2";

const GRPC_STATUS_OK = "0";
const TRAILER_FRAME = 0x80;

/** Compares a response with that of the server. Returns the encoded message of a successful one. */
export function checkRpcOutcome(
  protocol: WireProtocol,
  generation: Generation,
  response: RawResponse,
  expected: RpcOutcome,
): Buffer | undefined {
  if (expected === "ok" || (typeof expected === "object" && "items" in expected)) {
    return checkMessage(protocol, generation, response);
  }
  if ("status" in expected) checkHttp(response, expected);
  else if (protocol === "connect") checkConnectError(response, expected);
  else if (protocol === "grpc") checkGrpcError(generation, response, expected);
  else checkGrpcWebError(generation, response, expected);
  return undefined;
}

function checkHttp(response: RawResponse, { status, headers, text, requestId }: HttpOutcome): void {
  assert.equal(response.status, status);
  assert.equal(response.body.toString(), text);
  for (const [name, value] of Object.entries(headers)) assert.equal(response.headers.get(name), value, name);
  assert.equal(response.headers.has("x-request-id"), requestId, "x-request-id");
  assert.deepEqual([...response.trailers], []);
}

function checkMessage(protocol: WireProtocol, generation: Generation, response: RawResponse): Buffer {
  assert.equal(response.status, 200);
  assert.ok(response.headers.has("x-request-id"));
  if (protocol === "connect") {
    assert.equal(response.headers.get("content-type"), "application/proto");
    return response.body;
  }
  checkGrpcHeaders(protocol, generation, response.headers, true);
  const [message, last, ...more] = frames(response.body);
  assert.equal(message?.flags, 0);
  assert.deepEqual(more, []);
  if (protocol === "grpc") {
    assert.equal(last, undefined);
    assert.deepEqual([...response.trailers], [["grpc-status", GRPC_STATUS_OK]]);
  } else {
    assert.equal(last?.flags, TRAILER_FRAME);
    assert.equal(last.content.toString(), `grpc-status: ${GRPC_STATUS_OK}\r\n`);
    assert.deepEqual([...response.trailers], []);
  }
  return message.content;
}

function checkConnectError(response: RawResponse, expected: ErrorOutcome): void {
  const { code, message, id } = expected;
  assert.equal(response.status, codeToHttpStatus(code));
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.has("x-request-id"), expected.requestId !== false);
  const body = JSON.parse(response.body.toString());
  assert.deepEqual(
    {
      ...body,
      details: body.details?.map(({ type, debug }: { type: string; debug: object }) => ({ type, debug })),
    },
    {
      code: codeToString(code),
      message,
      details: id === undefined ? undefined : [{ type: "zitadel.v1.ErrorDetail", debug: detail(expected) }],
    },
  );
}

function checkGrpcError(generation: Generation, response: RawResponse, expected: ErrorOutcome): void {
  assert.equal(response.status, 200);
  assert.equal(response.body.length, 0);
  const { headers = {} } = expected;
  for (const [name, value] of Object.entries(headers)) assert.equal(response.headers.get(name), value, name);
  checkGrpcHeaders("grpc", generation, response.headers, expected.requestId !== false);
  checkStatus(response.trailers, expected);
  assert.equal(response.headers.has("grpc-status"), false);
  const named = expected.requestId !== false;
  assert.equal(
    response.headers.has("x-request-id"),
    named && generation === "v1",
    "x-request-id in the headers",
  );
  assert.equal(
    response.trailers.has("x-request-id"),
    named && generation === "v2",
    "x-request-id in the trailers",
  );
}

function checkGrpcWebError(generation: Generation, response: RawResponse, expected: ErrorOutcome): void {
  assert.equal(response.status, 200);
  assert.equal(response.body.length, 0);
  assert.deepEqual([...response.trailers], []);
  checkGrpcHeaders("grpc-web", generation, response.headers, expected.requestId !== false);
  checkStatus(response.headers, expected);
  assert.equal(response.headers.has("x-request-id"), expected.requestId !== false);
}

function checkGrpcHeaders(
  protocol: WireProtocol,
  generation: Generation,
  headers: Headers,
  called: boolean,
): void {
  assert.equal(headers.get("content-type"), `application/${protocol}+proto`);
  const v1 = generation === "v1";
  assert.equal(headers.get("grpc-accept-encoding"), v1 ? null : "gzip");
  assert.equal(headers.get("grpc-metadata-cache-control"), v1 && called ? "no-store" : null);
  assert.equal(headers.get("grpc-metadata-pragma"), v1 && called ? "no-cache" : null);
  assert.equal(headers.has("grpc-metadata-expires"), v1 && called);
  const announced = v1 && protocol === "grpc" ? "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin" : null;
  assert.equal(headers.get("trailer"), announced);
  assert.equal(headers.has("access-control-expose-headers"), v1 && protocol === "grpc-web");
}

function checkStatus(fields: Headers, expected: ErrorOutcome): void {
  assert.equal(fields.get("grpc-status"), String(expected.code));
  assert.equal(decodeURIComponent(fields.get("grpc-message") ?? ""), expected.message);
  assert.deepEqual(parseDetail(fields.get("grpc-status-details-bin")), detail(expected));
}

/** The only detail repeats the text without the id. */
function detail({ id, message }: ErrorOutcome): { id: string; message: string } | undefined {
  return id === undefined ? undefined : { id, message: message.slice(0, -` (${id})`.length) };
}
