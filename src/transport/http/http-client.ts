import { type HttpClient, HttpError, type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import type { CallProgress, WaitReason } from "../call.ts";
import type { CallContext } from "../context/call-context.ts";
import type { RunningCalls } from "../context/running-calls.ts";
import { findFailure } from "../faults/failure.ts";
import { faults } from "../faults/faults.ts";
import type { HttpVersionSwitch } from "../http1/http-version-switch.ts";
import type { Http1 } from "../http1/http1.ts";
import type { PlainRequest } from "../http1/http1-request.ts";
import { sendRequest } from "../http2/request.ts";
import type { SessionPool } from "../http2/session-pool.ts";
import { toHeaders } from "../protocol/metadata.ts";
import { RESERVED_HEADERS } from "../protocol/request-headers.ts";

export interface HttpClientOptions {
  /** The only origin that requests go to. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: Headers;
  readonly running: RunningCalls;
  readonly pool: SessionPool;
  readonly http1: Http1;
  readonly httpVersion: HttpVersionSwitch;
  /** Why a request that has not been sent has to wait, where that is known. */
  readonly whyWaiting: () => WaitReason | undefined;
}

/** A lost connection is replaced so often for one request. */
const MAX_ATTEMPTS = 3;

/** One request, with what becomes of it. */
interface Outgoing {
  readonly request: PlainRequest;
  readonly context: CallContext;
  readonly progress: CallProgress;
}

/**
 * Sends token, discovery and other small requests over the connection that the calls use. Follows no redirects.
 * All of them may be sent twice.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { origin, headers: common, running } = options;
  return async ({ signal, ...request }) => {
    if (new URL(request.url).origin !== origin) {
      throw new TypeError(`A request to ${request.url} must stay at ${origin}`);
    }
    const headers = { ...Object.fromEntries(common), ...request.headers };
    const progress = { attempts: 0, unprocessed: 0, sent: false };
    const context = running.begin(signal, 0);
    const outgoing = { request: { ...request, headers }, context, progress };
    try {
      return await untilEnd(context, attempt(options, outgoing));
    } catch (error) {
      throw toHttpError(error, outgoing, options.whyWaiting);
    } finally {
      context.settle(true);
    }
  };
}

async function attempt(options: HttpClientOptions, outgoing: Outgoing): Promise<HttpResponse> {
  const { progress, context } = outgoing;
  for (;;) {
    progress.attempts += 1;
    try {
      return await options.httpVersion.run(
        outgoing,
        (input) => overHttp2(options.pool, input),
        ({ request }) => options.http1.request(request, context.signal),
      );
    } catch (error) {
      const { fault } = findFailure(error) ?? {};
      const lost = fault !== undefined && faults[fault].retry !== "never";
      if (!lost || context.ended !== undefined || progress.attempts >= MAX_ATTEMPTS) throw error;
    }
  }
}

async function overHttp2(pool: SessionPool, { request, context, progress }: Outgoing): Promise<HttpResponse> {
  const { method, url, headers, body = "" } = request;
  const { protocol, host, pathname, search } = new URL(url);
  const own = Object.entries(headers ?? {}).filter(([name]) => !RESERVED_HEADERS.has(name));
  const response = await sendRequest(pool, {
    context,
    progress,
    idempotent: true,
    body: Buffer.from(body),
    readMaxBytes: MAX_HTTP_BYTES,
    envelopeBytes: 0,
    wantsTrailers: false,
    headers: () => ({
      ":method": method,
      ":scheme": protocol.slice(0, -1),
      ":authority": host,
      ":path": pathname + search,
      ...Object.fromEntries(own),
    }),
  });
  return {
    status: response.headers[":status"] ?? 0,
    headers: toHeaders(response.headers),
    text: Buffer.from(response.body).toString("utf8"),
  };
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

/** No response came: with the reason, and whether waiting may cure it. */
function toHttpError(
  error: unknown,
  { progress }: Outgoing,
  whyWaiting: () => WaitReason | undefined,
): HttpError {
  const { fault } = findFailure(error) ?? {};
  const retryable = fault !== "connection-rejected" && fault !== "closed" && fault !== "headers-too-large";
  const given = fault === "aborted" || fault === "deadline";
  const reason = given && !progress.sent ? whyWaiting() : undefined;
  const message = reason?.message ?? (error instanceof Error ? toText(error) : String(error));
  return new HttpError(message, { retryable, cause: reason?.cause ?? error });
}

/** Without the code that Connect puts before its messages. */
function toText(error: Error): string {
  return "rawMessage" in error && typeof error.rawMessage === "string" ? error.rawMessage : error.message;
}
