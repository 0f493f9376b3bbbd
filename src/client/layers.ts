import type { Transport } from "@connectrpc/connect";
import { toZitadelError } from "../errors/to-zitadel-error.ts";

type Unary = Transport["unary"];

/** A transport whose unary calls go through `unary`. */
export function withUnary(transport: Transport, unary: Unary): Transport {
  return { unary, stream: transport.stream.bind(transport) };
}

/** Sends headers with every call that does not set them itself. */
export function withDefaultHeaders(transport: Transport, defaults: Headers): Transport {
  return withUnary(transport, (method, signal, timeoutMs, headers, ...rest) => {
    const all = new Headers(defaults);
    for (const [name, value] of new Headers(headers)) all.set(name, value);
    return transport.unary(method, signal, timeoutMs, all, ...rest);
  });
}

/** Whatever ends a call is a ZitadelError. */
export function withZitadelErrors(transport: Transport): Transport {
  return withUnary(transport, async (method, ...rest) => {
    try {
      return await transport.unary(method, ...rest);
    } catch (error) {
      throw toZitadelError(error, method);
    }
  });
}
