/** Who found that a call cannot succeed. */
export type ErrorOrigin =
  /** The Zitadel server responded with an error. */
  | "server"
  /** No response of Zitadel's came: network, TLS, a proxy, a deadline. */
  | "transport"
  /** No access token could be obtained. */
  | "authentication"
  /** The call was canceled, or never sent, or an interceptor ended it. */
  | "client";
