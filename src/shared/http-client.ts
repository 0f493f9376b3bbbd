/** A request to the instance. Redirects are not followed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** An absolute URL of the client's own origin. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** A response, read whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends one HTTP request over the connection that the API calls use. Rejects only when no response came, with an
 * {@link HttpError}; any status is a response.
 */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

interface HttpErrorInit {
  readonly retryable: boolean;
  /** Default: `false`. */
  readonly nothingListens?: boolean | undefined;
  readonly cause?: unknown;
}

/** No response came to an HTTP request. */
export class HttpError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "HttpError";
  override readonly name: string = "HttpError";
  /** Whether the same request may get a response later: not where a certificate, a proxy or the protocol is wrong. */
  readonly retryable: boolean;
  /** Whether nothing listens where the client was never connected: it has been tried for long enough. */
  readonly nothingListens: boolean;

  constructor(message: string, { retryable, nothingListens = false, cause }: HttpErrorInit) {
    super(message, { cause });
    this.retryable = retryable;
    this.nothingListens = nothingListens;
  }
}

/** Responses to HTTP requests are small documents; what is larger, in bytes, is not one. */
export const MAX_HTTP_BYTES: number = 1 << 20;
