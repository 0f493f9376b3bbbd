import type { DescMethod } from "@bufbuild/protobuf";
import type { ContextValues } from "@connectrpc/connect";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  type KnownOptions,
  requireFunction,
  requireObject,
  requireSignal,
  unknownOption,
} from "../shared/invalid-option.ts";
import type { CallHeaders } from "./headers.ts";
import { toHeaders } from "./headers.ts";

/** Options of a single call. */
export interface CallOptions {
  /** How long the call may take, in milliseconds; 0 for no limit. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, which then fails with the code `Canceled`. */
  readonly signal?: AbortSignal | undefined;
  /** Headers for this call. They take precedence over the client's; `authorization` replaces its token. */
  readonly headers?: CallHeaders | undefined;
  /** Called with the headers of the response. Errors that it throws are ignored. */
  readonly onHeader?: ((headers: Headers) => void) | undefined;
  /** Called with the trailers of the response. Errors that it throws are ignored. */
  readonly onTrailer?: ((trailers: Headers) => void) | undefined;
  /** Values for interceptors. */
  readonly contextValues?: ContextValues | undefined;
}

/** The options of every call. */
export const CALL_OPTIONS: Record<keyof CallOptions, true> = {
  timeoutMs: true,
  signal: true,
  headers: true,
  onHeader: true,
  onTrailer: true,
  contextValues: true,
};

/** What names from other libraries are called here. */
const FOREIGN = {
  deadline: "timeoutMs",
  metadata: "headers",
  abortSignal: "signal",
  organizationId: "zitadel.withOrganization(id)",
  orgId: "zitadel.withOrganization(id)",
  retry: "contextValues with retryMode",
  limit: "pageSize, or toArray({ limit })",
  cursor: "resumeFrom",
};

/** A call as the program made it. */
export interface GivenCall {
  /** The RPC, as on a client. */
  readonly name: string;
  readonly request: unknown;
  readonly options: CallOptions | undefined;
  /** Default: the options of every call. */
  readonly known?: KnownOptions | undefined;
  /** For the example in the error. */
  readonly method?: DescMethod | undefined;
}

/**
 * Throws a TypeError if the request or the options of a call are invalid. Runs for each call, so an object without options
 * passes immediately.
 */
export function checkCall(call: GivenCall): void {
  if (call.options === undefined && isRequest(call.request)) return;
  checkOptions(`${call.name}()`, () => {
    if (!isRequest(call.request)) {
      const field = call.method?.input.fields[0]?.localName;
      const example = field === undefined ? "{ field: value }" : `{ ${field} }`;
      throw invalidOption("its request", describe(call.request), `an object: pass ${example}`);
    }
    if (call.options !== undefined) checkCallOptions(call.options, call.known ?? CALL_OPTIONS);
  });
}

function isRequest(request: unknown): boolean {
  return (
    request === undefined || (typeof request === "object" && request !== null && !Array.isArray(request))
  );
}

function checkCallOptions(options: CallOptions, known: KnownOptions): void {
  requireObject("its second argument", options, "{ timeoutMs }");
  for (const name in options) {
    if (!(name in known)) throw unknownOption("", name, Object.keys(known), FOREIGN);
  }
  const { timeoutMs, signal, headers, onHeader, onTrailer } = options;
  if (timeoutMs !== undefined && (typeof timeoutMs !== "number" || Number.isNaN(timeoutMs))) {
    const seen = typeof timeoutMs === "number" ? "NaN" : describe(timeoutMs);
    throw invalidOption("timeoutMs", seen, "a number of milliseconds, or 0 for no limit");
  }
  requireSignal("signal", signal);
  requireFunction("onHeader", onHeader);
  requireFunction("onTrailer", onTrailer);
  if (headers !== undefined) toHeaders(headers);
}
