import type { DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import type { InputFor } from "../input/message-input.ts";

/** The user that makes a call. */
export interface Caller {
  readonly userId: string;
  readonly organizationId: string;
}

/** The context of a call. */
export interface CallContext {
  /** The headers of the request. */
  readonly headers: Headers;
  /** The instance's own origin in this call: `http://localhost:8080`. */
  readonly origin: string;
  /** Absent if the RPC does not need a token. */
  readonly caller: Caller | undefined;
  /** The organization of the call: `x-zitadel-orgid`, by default the caller's own. */
  readonly organizationId: string;
  /** Sent in the response headers. */
  readonly responseHeaders: Headers;
  /** Sent in the response trailers. */
  readonly responseTrailers: Headers;
  /** Aborts when the client's deadline has passed, or the client has disconnected. */
  readonly signal: AbortSignal;
}

/** Handles an RPC. Throw a `ConnectError` (see {@link zitadelError}) to respond with an error. */
export type Handler<I, O> = (request: I, context: CallContext) => O | Promise<O>;

/** Handlers for RPCs of one service, by their names on a client. */
export type Handlers<S extends DescService> = {
  [Name in keyof S["method"]]?: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? Handler<MessageShape<I>, InputFor<O>>
    : never;
};

/** A handler whose types were checked when it was registered. */
export type AnyHandler = Handler<unknown, unknown>;
