import type { DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import type { InputFor } from "../input/message-input.ts";

/** The user on whose behalf a call comes. */
export interface Caller {
  readonly userId: string;
  readonly organizationId: string;
}

/** What a handler may want to know of a call besides its request. */
export interface CallContext {
  /** The headers of the request. */
  readonly headers: Headers;
  /** What the instance calls itself in this call: `http://localhost:8080`. */
  readonly origin: string;
  /** Absent where the RPC needs no token. */
  readonly caller: Caller | undefined;
  /** The organization that the call is about: `x-zitadel-orgid`, by default the caller's own. */
  readonly organizationId: string;
  /** Sent with the answer, in the headers. */
  readonly responseHeaders: Headers;
  /** Sent with the answer, in the trailers. */
  readonly responseTrailers: Headers;
  /** Ends with the call: the client's deadline has passed, or the client has gone away. */
  readonly signal: AbortSignal;
}

/** Answers an RPC. Throw a `ConnectError` (see {@link zitadelError}) to answer with an error. */
export type Handler<I, O> = (request: I, context: CallContext) => O | Promise<O>;

/** Handlers for RPCs of one service, by their names as a client has them. */
export type Handlers<S extends DescService> = {
  [Name in keyof S["method"]]?: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? Handler<MessageShape<I>, InputFor<O>>
    : never;
};

/** A handler whose types have been checked where it was registered. */
export type AnyHandler = Handler<unknown, unknown>;
