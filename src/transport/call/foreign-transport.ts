import { Code, ConnectError, type StreamResponse, type Transport } from "@connectrpc/connect";
import type { HeaderFields } from "../../shared/fixed-headers.ts";
import type { CallFn } from "../call.ts";
import { toFault } from "../dial/dial-error.ts";
import { faultError, findFailure } from "../faults.ts";
import { httpError, serverError } from "../protocol/server-error.ts";
import { toStream, whenStarted, withStreamEnd } from "../streams.ts";

/** Sends calls over the user's own Connect transport. */
export function createForeignCalls(transport: Transport, common: HeaderFields): CallFn {
  return async ({ method, message, header, authorization, contextValues, context, progress }) => {
    const headers = new Headers([...common]);
    if (authorization !== undefined) headers.set("authorization", authorization);
    for (const [name, value] of header ?? []) headers.set(name, value);
    // The signal ends the call on time; the server is given a little longer.
    const timeoutMs =
      context.expiresAt === Number.POSITIVE_INFINITY
        ? 0
        : Math.max(1, Math.ceil(context.remainingMs())) + 1000;
    progress.sent = true;
    const { signal } = context;
    const toError = (error: unknown) => context.ended ?? toTransportError(error);
    try {
      if (method.methodKind === "unary") {
        return await transport.unary(method, signal, timeoutMs, headers, message, contextValues);
      }
      const input = toStream(message);
      const response = await transport.stream(method, signal, timeoutMs, headers, input, contextValues);
      return await started(response, toError);
    } catch (error) {
      throw toError(error);
    }
  };
}

async function started(
  response: StreamResponse,
  toError: (error: unknown) => unknown,
): Promise<StreamResponse> {
  const message = await whenStarted(response.message[Symbol.asyncIterator]());
  const { service, method, header } = response;
  const same: StreamResponse = {
    stream: true,
    service,
    method,
    header,
    message,
    get trailer() {
      return response.trailer;
    },
  };
  return withStreamEnd(same, (end) => (end.how === "failed" ? toError(end.error) : undefined));
}

/** Turns an error of the transport, or of Node, into a fault. */
function toTransportError(error: unknown): unknown {
  if (findFailure(error)?.origin === "transport") return error;
  if (error instanceof ConnectError) return normalize(error);
  return toFault(error) ?? error;
}

function normalize(error: ConnectError): ConnectError {
  const { cause, metadata, rawMessage, code } = error;
  const fault = toFault(cause);
  if (fault !== undefined) return fault;
  const status = /^HTTP (\d{3})$/.exec(rawMessage)?.[1];
  if (status !== undefined) return httpError(Number(status), "", metadata);
  if (code === Code.ResourceExhausted && /readMaxBytes/.test(rawMessage)) {
    return faultError("response-too-large", rawMessage);
  }
  return serverError(error);
}
