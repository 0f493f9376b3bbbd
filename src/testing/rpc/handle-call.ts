import { randomUUID } from "node:crypto";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { type CallRecord, recordCall } from "./call-record.ts";
import { type Invoker, invoke } from "./invoke.ts";
import { decodeMessage, encodeMessage } from "./messages.ts";
import type { RpcProtocol } from "./protocol.ts";

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

/** Converts an error. An unexpected one of a handler includes its stack, so that the test's output shows it. */
function toConnectError(error: unknown, method: DescMethodUnary): ConnectError {
  if (error instanceof ConnectError) return error;
  const text = `The handler of ${method.name} failed: ${error instanceof Error ? error.stack : String(error)}`;
  return new ConnectError(text, Code.Internal);
}
