import type { HeaderFields } from "../../shared/fixed-headers.ts";
import { type HttpClient, HttpError, type HttpResponse } from "../../shared/http-client.ts";
import type { WaitReason } from "../call.ts";
import type { CallContext, RunningCalls } from "../context/call-context.ts";
import { NothingListensError } from "../dial/dial-error.ts";
import { faults, findFailure } from "../faults.ts";
import type { Network, TrackedHttpRequest } from "../network.ts";

export interface HttpClientOptions {
  /** The only origin that requests go to. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: HeaderFields;
  readonly running: RunningCalls;
  readonly network: Pick<Network, "sendHttp" | "whyWaiting">;
}

/** The maximum number of attempts for one request, each over a new connection. */
const MAX_ATTEMPTS = 3;

/**
 * Sends token, discovery and other small requests over the connection that the calls use. Redirects are not followed. Any
 * of these requests may be sent twice.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { origin, headers: common, running, network } = options;
  return async ({ signal, ...request }) => {
    if (new URL(request.url).origin !== origin) {
      throw new TypeError(`A request to ${request.url} must stay on ${origin}`);
    }
    const headers = { ...Object.fromEntries(common), ...request.headers };
    const progress = { attempts: 0, unprocessed: 0, sent: false };
    const context = running.begin(signal, 0);
    const tracked = { request: { ...request, headers }, context, progress };
    try {
      return await untilEnd(context, attempt(network, tracked));
    } catch (error) {
      throw toHttpError(error, tracked, network.whyWaiting);
    } finally {
      context.settle(true);
    }
  };
}

async function attempt(
  { sendHttp }: HttpClientOptions["network"],
  tracked: TrackedHttpRequest,
): Promise<HttpResponse> {
  const { progress, context } = tracked;
  for (;;) {
    progress.attempts += 1;
    try {
      return await sendHttp(tracked);
    } catch (error) {
      const { fault } = findFailure(error) ?? {};
      const lost = fault !== undefined && faults[fault].retry !== "never";
      if (!lost || context.ended !== undefined || progress.attempts >= MAX_ATTEMPTS) throw error;
    }
  }
}

/** Settles with `work`, or when the context ends. */
function untilEnd<T>(context: CallContext, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const listener = { onContextEnd: () => reject(context.ended) };
    context.onEnd(listener);
    work.then(resolve, reject).finally(() => context.offEnd(listener));
    if (context.ended !== undefined) reject(context.ended);
  });
}

/** The error of a request without a response: why, and whether waiting may help. */
function toHttpError(
  error: unknown,
  { progress }: TrackedHttpRequest,
  whyWaiting: () => WaitReason | undefined,
): HttpError {
  const { fault } = findFailure(error) ?? {};
  const retryable = fault !== "connection-rejected" && fault !== "closed" && fault !== "headers-too-large";
  const given = fault === "aborted" || fault === "deadline";
  const reason = given && !progress.sent ? whyWaiting() : undefined;
  const message = reason?.message ?? (error instanceof Error ? toText(error) : String(error));
  const cause = reason?.cause ?? error;
  return new HttpError(message, { retryable, nothingListens: hasNoListener(error), cause });
}

/** Whether an error, or one of its causes, says that nothing listens on the port. */
function hasNoListener(error: unknown): boolean {
  if (error instanceof NothingListensError) return true;
  return error instanceof Error && error.cause !== undefined && hasNoListener(error.cause);
}

/** The message without the code that Connect puts in front. */
function toText(error: Error): string {
  return "rawMessage" in error && typeof error.rawMessage === "string" ? error.rawMessage : error.message;
}
