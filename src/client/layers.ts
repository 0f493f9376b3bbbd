import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code, type Transport } from "@connectrpc/connect";
import type { AuthEventListener } from "../auth/auth-event.ts";
import { toAuthenticationError, toExplainedError, toZitadelError } from "../errors/to-zitadel-error.ts";
import { moveStack, type ZitadelError } from "../errors/zitadel-error.ts";
import type { FixedHeaders } from "../shared/fixed-headers.ts";
import { fromStream, toStream, withStreamEnd } from "../transport/streams.ts";
import type { SentToken } from "./authentication.ts";
import type { CallHeaders } from "./headers.ts";
import { toHeaders } from "./headers.ts";

/** Prepares requests before they are sent, and handles their responses and errors. */
export interface RequestLayer {
  prepare(method: DescMethod, input: object | undefined): Message | Promise<Message>;
  onMessage?(message: Message): void;
  toError?(error: unknown, method: DescMethod, message: Message): unknown;
}

/** Adds a layer to a transport. Streaming requests bypass it: the connection rejects them. */
export function withRequests(transport: Transport, { prepare, onMessage, toError }: RequestLayer): Transport {
  const send = async <T>(
    method: DescMethod,
    input: object | undefined,
    call: (message: Message) => Promise<T>,
  ): Promise<T> => {
    const prepared = prepare(method, input);
    const message = prepared instanceof Promise ? await prepared : prepared;
    try {
      return await call(message);
    } catch (error) {
      throw toError === undefined ? error : toError(error, method, message);
    }
  };
  return {
    // prepare() returns a message of the method's input type.
    unary: (method, signal, timeoutMs, headers, input, contextValues) =>
      send(method, input, async (message) => {
        const request = message as typeof input;
        const response = await transport.unary(method, signal, timeoutMs, headers, request, contextValues);
        onMessage?.(response.message);
        return response;
      }),
    async stream(method, signal, timeoutMs, headers, input, contextValues) {
      if (method.methodKind !== "server_streaming") {
        return await transport.stream(method, signal, timeoutMs, headers, input, contextValues);
      }
      return await send(method, await fromStream(input), async (message) => {
        const request = toStream(message) as typeof input;
        const response = await transport.stream(method, signal, timeoutMs, headers, request, contextValues);
        return onMessage === undefined ? response : withStreamEnd(response, () => {}, onMessage);
      });
    },
  };
}

/** Sends headers with every call that does not set them itself. */
export function withDefaultHeaders(transport: Transport, defaults: FixedHeaders): Transport {
  // At run time, `new Headers()` accepts any iterable of pairs.
  const all = (headers: HeadersInit | undefined) =>
    (headers === undefined ? defaults : mergeHeaders(defaults, headers as CallHeaders)) as Iterable<
      [string, string]
    > as HeadersInit;
  return {
    unary: (method, signal, timeoutMs, headers, input, contextValues) =>
      transport.unary(method, signal, timeoutMs, all(headers), input, contextValues),
    stream: (method, signal, timeoutMs, headers, input, contextValues) =>
      transport.stream(method, signal, timeoutMs, all(headers), input, contextValues),
  };
}

/** Merges headers; `more` takes precedence. */
export function mergeHeaders(headers: FixedHeaders, more: CallHeaders): FixedHeaders {
  return headers.with(toHeaders(more));
}

/** Why there is currently no token, if there is none. */
export interface LastTokenError {
  readonly current: unknown;
  /** Learns it from the events of tokens. */
  readonly listener: AuthEventListener;
}

/**
 * Remembers why there is no token. Otherwise a call that waits for one until its deadline would only report the deadline.
 */
export function createLastTokenError(sent: SentToken): LastTokenError {
  let current: unknown;
  let hasToken = false;
  return {
    get current() {
      return current;
    },
    listener(event) {
      if (event.type === "token-obtained") {
        current = undefined;
        hasToken = true;
      } else if (event.type === "token-request-failed" && !event.serving) {
        current = sent.hideInError(event.error);
        hasToken = false;
      } else if (event.type === "credential-refused" && !hasToken) {
        current = sent.hideInError(event.error);
      }
    },
  };
}

/** Turns all errors into ZitadelErrors. If a deadline passed while there was no token, the error says why there was none. */
export function withZitadelErrors(transport: Transport, lastTokenError: LastTokenError): Transport {
  const toError = (error: ZitadelError, method: DescMethod): ZitadelError => {
    const tokenless = error.code === Code.DeadlineExceeded && lastTokenError.current !== undefined;
    const explained = tokenless ? toAuthenticationError(lastTokenError.current, method, error) : error;
    moveStack(explained);
    return explained;
  };
  return {
    async unary(method, signal, timeoutMs, headers, input, contextValues) {
      try {
        return await transport.unary(method, signal, timeoutMs, headers, input, contextValues);
      } catch (reason) {
        throw toError(await toExplainedError(reason, method), method);
      }
    },
    async stream(method, signal, timeoutMs, headers, input, contextValues) {
      try {
        const response = await transport.stream(method, signal, timeoutMs, headers, input, contextValues);
        return withStreamEnd(response, (end) =>
          end.how === "failed" ? toError(toZitadelError(end.error, method), method) : undefined,
        );
      } catch (reason) {
        throw toError(await toExplainedError(reason, method), method);
      }
    },
  };
}
