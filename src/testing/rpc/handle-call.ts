import { randomUUID } from "node:crypto";
import {
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type Message,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMessage } from "../../input/create-message.ts";
import { InputProblem } from "../../input/input-problem.ts";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { type CallRecord, recordCall } from "./call-record.ts";
import { type Invoker, invoke } from "./invoke.ts";
import type { Payload, RpcProtocol } from "./protocol.ts";

/** Reads a request in one protocol, runs the call, and writes the response. */
export async function handleCall(
  invoker: Invoker,
  protocol: RpcProtocol,
  method: DescMethodUnary,
  request: HttpRequest,
): Promise<HttpResponse> {
  const responseHeaders = new Headers();
  const responseTrailers = new Headers();
  // A request that fails before it is decoded has no id.
  let requestId: string | undefined;
  let record: CallRecord | undefined;
  const write = (result: Uint8Array | ConnectError): HttpResponse =>
    protocol.write(request, { result, headers: responseHeaders, trailers: responseTrailers, requestId });
  try {
    const payload = protocol.read(request);
    const message = decodeMessage(method.input, payload);
    requestId = randomUUID();
    const timeoutMs = protocol.timeoutMs(request.headers);
    const call = { method, request, message, timeoutMs };
    record = { method, protocol: protocol.name, message };
    recordCall(request, record);
    record.result = await invoke(invoker, call, { responseHeaders, responseTrailers });
    return write(encodeMessage(method.output, record.result, payload.binary));
  } catch (reason) {
    const error = toConnectError(reason, method);
    if (record !== undefined) record.error = error;
    return write(error);
  }
}

/** Converts an error. An unexpected one from a handler includes its stack, so that the test's output shows it. */
function toConnectError(error: unknown, method: DescMethodUnary): ConnectError {
  if (error instanceof ConnectError) return error;
  const text = `The handler of ${method.name} failed: ${error instanceof Error ? error.stack : String(error)}`;
  return new ConnectError(text, Code.Internal);
}

/** Decodes a request. Throws the server's error if that fails. */
export function decodeMessage(schema: DescMessage, { bytes, binary }: Payload): Message {
  try {
    return binary
      ? fromBinary(schema, bytes)
      : fromJson(schema, JSON.parse(Buffer.from(bytes).toString("utf8")), { ignoreUnknownFields: true });
  } catch (cause) {
    const reason = binary
      ? "cannot parse invalid wire-format data"
      : `syntax error: ${(cause as Error).message}`;
    const text = `unmarshal message: unmarshal into *${toGoType(schema)}: proto: ${reason}`;
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Encodes a handler's result: a message, or its fields. */
export function encodeMessage(schema: DescMessage, value: unknown, binary: boolean): Uint8Array {
  const message = createMessage(schema, value as object | undefined);
  if (message instanceof InputProblem) {
    throw new TypeError(`its response cannot be encoded: ${message.property || "it"} ${message.reason}`);
  }
  return binary ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
}

/** Gets the Go name of a type for the server's error messages. It has the package without the version. */
function toGoType(schema: DescMessage): string {
  const { package: path } = schema.file.proto;
  const name = schema.typeName.slice(path.length + 1).replaceAll(".", "_");
  return `${path
    .replace(/\.v\d\w*$/, "")
    .split(".")
    .at(-1)}.${name}`;
}
