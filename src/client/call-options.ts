import type { ContextValues } from "@connectrpc/connect";

/** Options of a single call. */
export interface CallOptions {
  /** How long the call may take, in milliseconds. 0 means that there is no limit. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, which then fails with the code `Canceled`. */
  readonly signal?: AbortSignal | undefined;
  /** Headers for this call. They win over the client's; `authorization` replaces its token. */
  readonly headers?: CallHeaders | undefined;
  /** Called with the headers of the response. What it throws is ignored. */
  readonly onHeader?: ((headers: Headers) => void) | undefined;
  /** Called with the trailers of the response. What it throws is ignored. */
  readonly onTrailer?: ((trailers: Headers) => void) | undefined;
  /** Values for interceptors. */
  readonly contextValues?: ContextValues | undefined;
}

/** Whatever `new Headers()` takes. The DOM calls it HeadersInit, a name that Node's declarations lack. */
export type CallHeaders = Headers | Readonly<Record<string, string>> | [string, string][];
