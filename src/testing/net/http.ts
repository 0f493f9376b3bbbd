/** A request to the emulator, in any HTTP version, with its complete body. */
export interface HttpRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly httpVersion: "1.1" | "2";
  readonly scheme: "http" | "https";
  /** Aborts when the client has disconnected, or the emulator closes. */
  readonly signal: AbortSignal;
  /** Cuts the connection without a response, as a crash would. */
  drop(): void;
}

/** The response to an {@link HttpRequest}. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
  /** HTTP trailers, sent after the body. */
  readonly trailers?: Headers | undefined;
}

/** Handles a request. `undefined` leaves the connection open without a response. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse | undefined>;

/** A response that is sent while its request is still arriving. */
export interface StreamedResponse {
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** Called when the body has ended. */
  trailers(): Headers;
}

/** Handles a request whose body is still arriving. */
export type StreamHandler = (headers: Headers, body: AsyncIterable<Uint8Array>) => StreamedResponse;

/** Finds the handler for a request that is still arriving; `undefined` leaves it to the {@link HttpHandler}. */
export type FindStreamHandler = (
  request: Pick<HttpRequest, "method" | "path" | "headers">,
) => StreamHandler | undefined;

/** A response with a body of one type. */
export function respond(
  status: number,
  contentType: string,
  body: Uint8Array | string,
  headers: HeadersInit = {},
): HttpResponse {
  const all = new Headers(headers);
  all.set("content-type", contentType);
  return { status, headers: all, body };
}

/** Plain text as Go's `http.Error` writes it. */
export function respondText(status: number, text: string): HttpResponse {
  return respond(status, "text/plain; charset=utf-8", `${text}\n`, { "x-content-type-options": "nosniff" });
}

/** A JSON document. */
export function respondJson(status: number, value: unknown): HttpResponse {
  return respond(status, "application/json", JSON.stringify(value));
}

/** A response with only a status and headers. */
export function respondEmpty(status: number, headers: HeadersInit): HttpResponse {
  return { status, headers: new Headers(headers), body: "" };
}

/** Splits a request target. */
export function parseTarget(target: string): Pick<HttpRequest, "path" | "query"> {
  const mark = target.indexOf("?");
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark)) };
}
