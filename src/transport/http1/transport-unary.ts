import type { Transport } from "@connectrpc/connect";
import type { CallFn } from "../call.ts";
import { http1Error } from "./http1-fault.ts";

/** Sends calls over a Connect transport that is not ours: connect-node's over HTTP/1.1, or one of the user's own. */
export function createTransportUnary(transport: Transport, common: Headers): CallFn {
  return async ({ method, message, header, authorization, contextValues, lifetime, progress }) => {
    const headers = new Headers(common);
    if (authorization !== undefined) headers.set("authorization", authorization);
    for (const [name, value] of header ?? []) headers.set(name, value);
    // The client's own clock ends the call, by the signal; the server may believe in a little more.
    const timeoutMs =
      lifetime.at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(lifetime.remainingMs())) + 1000;
    progress.sent = true;
    try {
      return await transport.unary(method, lifetime.signal, timeoutMs, headers, message, contextValues);
    } catch (error) {
      throw http1Error(error);
    }
  };
}
