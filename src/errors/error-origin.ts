/**
 * Where the error of a call came from:
 *
 * - `server`: the Zitadel server responded with an error
 * - `transport`: Zitadel did not respond: network, TLS, a proxy, a deadline
 * - `authentication`: no access token could be obtained
 * - `client`: the call was canceled, was never sent, or was ended by an interceptor
 */
export type ErrorOrigin = "server" | "transport" | "authentication" | "client";
