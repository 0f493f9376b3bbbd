import { Code, type Transport } from "@connectrpc/connect";
import { toAuthenticationError, toZitadelError } from "../errors/to-zitadel-error.ts";
import { FixedHeaders } from "../transport/protocol/request-headers.ts";
import type { HeaderInit } from "./call-options.ts";
import { toHeaders } from "./headers.ts";
import type { LastTokenError } from "./last-token-error.ts";

type Unary = Transport["unary"];

/** A transport whose unary calls go through `unary`. */
export function withUnary(transport: Transport, unary: Unary): Transport {
  return { unary, stream: transport.stream.bind(transport) };
}

/** Sends headers with every call that does not set them itself. */
export function withDefaultHeaders(transport: Transport, defaults: Headers): Transport {
  const fixed = new FixedHeaders(defaults);
  return withUnary(transport, (method, signal, timeoutMs, headers, input, contextValues) => {
    const all = headers === undefined ? fixed : mergeHeaders(defaults, headers as HeaderInit);
    return transport.unary(method, signal, timeoutMs, all, input, contextValues);
  });
}

/** All headers of both; those of `more` win. */
export function mergeHeaders(headers: Headers, more: HeaderInit): Headers {
  const all = new Headers(headers);
  for (const [name, value] of toHeaders(more)) all.set(name, value);
  return all;
}

/** Whatever ends a call is a ZitadelError. A deadline that passed for want of a token tells why there is none. */
export function withZitadelErrors(transport: Transport, lastTokenError: LastTokenError): Transport {
  return withUnary(transport, async (method, signal, timeoutMs, headers, input, contextValues) => {
    try {
      return await transport.unary(method, signal, timeoutMs, headers, input, contextValues);
    } catch (reason) {
      const error = toZitadelError(reason, method);
      const tokenless = error.code === Code.DeadlineExceeded && lastTokenError.current !== undefined;
      throw tokenless ? toAuthenticationError(lastTokenError.current, method, error) : error;
    }
  });
}
