import { hideProperties } from "../shared/hide-properties.ts";
import { toLine } from "../shared/plain-text.ts";

/**
 * Why no token could be obtained.
 *
 * Error responses of the token endpoint, by their names in RFC 6749 section 5.2 and RFC 8693 section 2.2.2:
 * `invalid_request`, `invalid_client`, `invalid_grant`, `unauthorized_client`, `unsupported_grant_type`, `invalid_scope`,
 * `invalid_target`; `refused` is any other error name.
 *
 * - `unknown_instance`: Zitadel has no instance with the host name that the request used (404)
 * - `instance_blocked`: the instance is blocked, or its quota is used up (429)
 * - `rate_limited`: too many requests (429)
 * - `server_error`: the server or a proxy in front of it failed (5xx)
 * - `unreachable`: there was no response
 * - `timeout`: there was no response in time
 * - `redirected`: the response was a redirect, which token requests never follow
 * - `bad_response`: the response is not what such an endpoint returns
 * - `invalid_credential`: a key, secret or token that was loaded at run time is unusable
 * - `credential_unavailable`: a key or secret could not be loaded
 */
export type AuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "invalid_target"
  | "refused"
  | "unknown_instance"
  | "instance_blocked"
  | "rate_limited"
  | "server_error"
  | "unreachable"
  | "timeout"
  | "redirected"
  | "bad_response"
  | "invalid_credential"
  | "credential_unavailable";

/** The properties of an {@link AuthError}. */
export interface AuthErrorInit {
  readonly code: AuthErrorCode;
  /** What happened, in one sentence without a period. */
  readonly summary: string;
  /** What to do next, in one sentence. Default: a hint for the code. */
  readonly hint?: string | undefined;
  readonly oauthError?: string | undefined;
  readonly description?: string | undefined;
  readonly status?: number | undefined;
  readonly endpoint?: string | undefined;
  /** Default: true for `rate_limited`, `server_error`, `unreachable`, `timeout` and `credential_unavailable`. */
  readonly retryable?: boolean | undefined;
  /** How long callers without a token wait for a retryable error to pass, in milliseconds. Default: 30,000. */
  readonly maxWaitMs?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** No token could be obtained. Contains no secret, even if the server's response repeats one. */
export class AuthError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "AuthError";
  override readonly name: string = "AuthError";
  /** Stable, for programs. */
  readonly code: AuthErrorCode;
  /** The server's `error`, for example `invalid_grant`. */
  readonly oauthError: string | undefined;
  /** The server's explanation: its `error_description`, or the body of a plain text response. */
  readonly description: string | undefined;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** The URL that was requested. */
  readonly endpoint: string | undefined;
  /** What to do next. */
  readonly hint: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long callers without a token wait for the error to pass, in milliseconds. */
  readonly maxWaitMs: number | undefined;
  /** How long the server asked clients to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(init: AuthErrorInit) {
    const hint = init.hint ?? HINTS[init.code];
    const description = init.description === undefined ? undefined : toLine(init.description);
    const words = description === undefined ? "" : `: ${JSON.stringify(description)}`;
    super(
      `${toLine(init.summary)}${words} [${init.code}]. ${hint}`,
      "cause" in init ? { cause: init.cause } : undefined,
    );
    this.code = init.code;
    this.oauthError = init.oauthError;
    this.description = description;
    this.status = init.status;
    this.endpoint = init.endpoint;
    this.hint = hint;
    this.retryable = init.retryable ?? RETRYABLE.has(init.code);
    this.maxWaitMs = init.maxWaitMs;
    this.retryAfterMs = init.retryAfterMs;
    hideProperties(this, (name) => REPEATED.includes(name));
  }
}

/** What the message already contains, and what Node shows in any case. */
const REPEATED = ["name", "hint", "description"];

const RETRYABLE: ReadonlySet<AuthErrorCode> = new Set([
  "rate_limited",
  "server_error",
  "unreachable",
  "timeout",
  "credential_unavailable",
]);

const HINTS: Readonly<Record<AuthErrorCode, string>> = {
  invalid_request: "Check that the user is active and that the credentials belong to this instance.",
  invalid_client: "Check the client id and that it belongs to this instance.",
  invalid_grant:
    "Check that the credential is still registered, has not expired and belongs to this instance.",
  unauthorized_client: "Allow this grant type for the client in Zitadel.",
  unsupported_grant_type: "This server does not offer the grant; its version or settings may not allow it.",
  invalid_scope: "Check the scopes that were requested.",
  invalid_target: "Check the audience that was requested.",
  refused: "See the server's explanation.",
  unknown_instance:
    "Check the URL; if it is an internal address, set instanceHost to the instance's external domain.",
  instance_blocked: "Ask whoever runs this Zitadel about its limits or its subscription.",
  rate_limited: "Send fewer requests, or raise the limit on the server or the proxy in front of it.",
  server_error: "Try again later; see the server's log for details.",
  unreachable: "Check the URL, the network, and proxy and TLS settings.",
  timeout: "Check the network, and whether the server is overloaded.",
  redirected: "Use the URL at which Zitadel itself responds; token requests do not follow redirects.",
  bad_response: "Check that the URL is that of a Zitadel instance and that no proxy responds in its place.",
  invalid_credential: "Check where the credential comes from.",
  credential_unavailable: "Check where the credential comes from.",
};
