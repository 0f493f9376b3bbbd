/** A request to the instance. Redirects are not followed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** An absolute URL on the client's own origin. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** A response with its whole body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends one HTTP request over the connection that API calls use. Resolves for any status; rejects with an {@link HttpError}
 * if there is no response.
 */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

interface HttpErrorInit {
  readonly retryable: boolean;
  /** Default: `false`. */
  readonly nothingListens?: boolean | undefined;
  readonly cause?: unknown;
}

/** The error for an HTTP request that got no response. */
export class HttpError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "HttpError";
  override readonly name: string = "HttpError";
  /** Whether the same request may succeed later: not if a certificate, a proxy or the protocol is wrong. */
  readonly retryable: boolean;
  /** Whether nothing listens on a port to which the client has never been connected, after trying for long enough. */
  readonly nothingListens: boolean;

  constructor(message: string, { retryable, nothingListens = false, cause }: HttpErrorInit) {
    super(message, { cause });
    this.retryable = retryable;
    this.nothingListens = nothingListens;
  }
}

/** The maximum size of the response to an HTTP request, in bytes: these responses are small documents. */
export const MAX_HTTP_BYTES: number = 1 << 20;
