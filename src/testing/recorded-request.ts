import type { HttpRequest } from "./net/http.ts";

/** A request to the emulator, with all headers, including the bearer token, which is only a test's secret. */
export type RecordedRequest = Pick<HttpRequest, "method" | "path" | "headers" | "body" | "httpVersion">;

const MAX = 10_000;

/** Records a request. Drops the oldest ones in bulk, so that long runs neither use more memory nor slow down. */
export function recordRequest(requests: RecordedRequest[], request: HttpRequest): void {
  const { method, path, headers, body, httpVersion } = request;
  requests.push({ method, path, headers, body, httpVersion });
  if (requests.length >= 2 * MAX) requests.splice(0, MAX);
}
