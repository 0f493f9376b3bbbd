/** A request as the emulator sees it, whatever the version of HTTP. The body is read whole. */
export interface HttpRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly httpVersion: "1.1" | "2";
  readonly scheme: "http" | "https";
  /** Ends when the client has gone away or the emulator closes. */
  readonly signal: AbortSignal;
  /** Cuts the connection without an answer, as a crash would. */
  drop(): void;
}

/** The answer to an {@link HttpRequest}. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
  /** Real HTTP trailers, after the body. */
  readonly trailers?: Headers | undefined;
}

/** Answers a request. `undefined` leaves the connection as it is: without an answer. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse | undefined>;

/** An answer that goes on while its request does. */
export interface StreamedResponse {
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** Asked for when the body has ended. */
  trailers(): Headers;
}

/** Answers a request whose body is still coming. */
export type StreamHandler = (headers: Headers, body: AsyncIterable<Uint8Array>) => StreamedResponse;

/** Finds what answers while the request is coming; `undefined` leaves it to the {@link HttpHandler}. */
export type FindStreamHandler = (
  request: Pick<HttpRequest, "method" | "path" | "headers">,
) => StreamHandler | undefined;

/** An answer with a body of one type. */
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

/** An answer that is its status and headers. */
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
