/**
 * Why a request was not let in.
 *
 * - `missing_token`: the request has no bearer
 * - `malformed`: the `Authorization` header holds something else than one bearer
 * - `opaque_token`: only introspection can tell of this token, and it is not set up
 * - `bad_signature`: the signature is not valid, or of an algorithm that Zitadel does not sign with
 * - `unknown_key`: signed with a key that the instance does not have
 * - `not_access_token`: an ID token or another JWT of the instance
 * - `wrong_issuer`, `wrong_audience`: a token of another instance, or for another project
 * - `expired`, `not_yet_valid`: by the time of the instance
 * - `inactive`: introspection says that the token is not active, and nothing else
 * - `introspection_refused`: the instance refuses this service's own credential
 * - `unreachable`: the instance gave no usable response in time; nobody is let in on that
 * - `missing_role`: a verified caller lacks the role
 * - `not_verified`: the service asks for the caller of a request that it did not verify
 */
export type CallerErrorCode =
  | "missing_token"
  | "malformed"
  | "opaque_token"
  | "bad_signature"
  | "unknown_key"
  | "not_access_token"
  | "wrong_issuer"
  | "wrong_audience"
  | "expired"
  | "not_yet_valid"
  | "inactive"
  | "introspection_refused"
  | "unreachable"
  | "missing_role"
  | "not_verified";

/** What an error says, and how it is responded to. */
interface Refusal {
  readonly status: number;
  /** The error of RFC 6750 section 3.1. Default: none. */
  readonly error?: "invalid_request" | "invalid_token" | "insufficient_scope";
  /** For whoever sent the request. */
  readonly message: string;
  /** For whoever runs the service. */
  readonly hint: string;
}

const AUDIENCE_SCOPE = "urn:zitadel:iam:org:project:id:<projectId>:aud";

const REFUSALS: Readonly<Record<CallerErrorCode, Refusal>> = {
  missing_token: {
    status: 401,
    message: "The request has no bearer token",
    hint: "The caller must send an access token in the header Authorization: Bearer <token>.",
  },
  malformed: {
    status: 400,
    error: "invalid_request",
    message: "The Authorization header does not hold a single bearer token",
    hint: "The caller must send one access token as it got it, without quotes, spaces or a second header; verify() takes it without Bearer.",
  },
  opaque_token: {
    status: 401,
    error: "invalid_token",
    message: "The token is not a JWT",
    hint: "Set introspection, or set the access token type of the calling user or application to JWT in Zitadel.",
  },
  bad_signature: {
    status: 401,
    error: "invalid_token",
    message: "The token's signature is not valid",
    hint: "The token was changed, or somebody else than Zitadel has made it.",
  },
  unknown_key: {
    status: 401,
    error: "invalid_token",
    message: "The token is signed with an unknown key",
    hint: "Check that the token is of this instance. Its keys are fetched again for an unknown one, at most every ten seconds.",
  },
  not_access_token: {
    status: 401,
    error: "invalid_token",
    message: "The token is not an access token",
    hint: "The caller must send the access_token of the token response, not the id_token.",
  },
  wrong_issuer: {
    status: 401,
    error: "invalid_token",
    message: "The token is of another issuer",
    hint: "Check that the caller and url mean the same instance; behind an internal address set instanceHost or issuer.",
  },
  wrong_audience: {
    status: 401,
    error: "invalid_token",
    message: "The token is not meant for this service",
    hint: `The caller must request its token with the scope ${AUDIENCE_SCOPE}; check projectId.`,
  },
  expired: {
    status: 401,
    error: "invalid_token",
    message: "The token has expired",
    hint: "The caller must get a new token; clients of this package do by themselves.",
  },
  not_yet_valid: {
    status: 401,
    error: "invalid_token",
    message: "The token is not valid yet",
    hint: "Compare the clocks of this machine and of the instance.",
  },
  inactive: {
    status: 401,
    error: "invalid_token",
    message: "The token is not active",
    hint: `It has expired or was revoked, its user is locked or deactivated, or it was requested without the scope ${AUDIENCE_SCOPE}; a Zitadel whose database fails may say so, too.`,
  },
  introspection_refused: {
    status: 500,
    message: "The service cannot verify tokens",
    hint: "Check that introspection has the current key or secret of an API application of this instance.",
  },
  unreachable: {
    status: 503,
    message: "The token cannot be verified at the moment",
    hint: "Check url, network and instance; cause tells what happened. The caller may try again.",
  },
  missing_role: {
    status: 403,
    error: "insufficient_scope",
    message: "The caller does not have the role that is needed",
    hint: "Give the user the role in the project; a JWT tells roles only if it was requested with the scope urn:zitadel:iam:org:projects:roles.",
  },
  not_verified: {
    status: 500,
    message: "The caller was not verified",
    hint: "Put middleware() or verifyRequest() of the same verifier before the code that asks for the caller.",
  },
};

/** What an error knows besides its code. */
export interface CallerErrorInit {
  readonly cause?: unknown;
  /** How long to wait before the next request, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The role that is missing, and where. */
  readonly role?: string | undefined;
  readonly organizationId?: string | undefined;
}

/**
 * A request was not let in. Holds no token. `message` is fit for whoever sent the request, `hint` is for whoever runs
 * the service, and `cause` is an AuthError where the instance was asked in vain.
 *
 * Express and Fastify respond with `statusCode` and `headers` by themselves.
 */
export class CallerError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "CallerError";
  override readonly name: string = "CallerError";
  /** Stable; meant for programs. */
  readonly code: CallerErrorCode;
  /** What to do. */
  readonly hint: string;
  /** The HTTP status of the response. */
  readonly status: number;
  /** The same, as frameworks call it. */
  readonly statusCode: number;
  /** The headers of the response, such as `www-authenticate` (RFC 6750 section 3). */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the same request may be let in later. */
  readonly retryable: boolean;
  /** The role that is missing. */
  readonly role: string | undefined;
  /** The organization in which it is missing. */
  readonly organizationId: string | undefined;

  constructor(code: CallerErrorCode, init: CallerErrorInit = {}) {
    const { status, message, hint } = REFUSALS[code];
    super(withRole(message, init), "cause" in init ? { cause: init.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.status = status;
    this.statusCode = status;
    this.headers = headersFor(code, init.retryAfterMs);
    this.retryable = code === "unreachable";
    this.role = init.role;
    this.organizationId = init.organizationId;
  }

  /** What may be shown to whoever sent the request; without the cause. */
  toJSON(): { readonly name: string; readonly code: CallerErrorCode; readonly message: string } {
    return { name: this.name, code: this.code, message: this.message };
  }
}

function withRole(message: string, { role, organizationId }: CallerErrorInit): string {
  if (role === undefined) return message;
  const where = organizationId === undefined ? "" : ` in organization ${JSON.stringify(organizationId)}`;
  return `${message}: ${JSON.stringify(role)}${where}`;
}

/** A challenge for whoever may have another token; of a service in trouble, when to come back. */
function headersFor(
  code: CallerErrorCode,
  retryAfterMs: number | undefined,
): Readonly<Record<string, string>> {
  const { status, error, message } = REFUSALS[code];
  if (status === 503) return { "retry-after": String(Math.ceil((retryAfterMs ?? 1_000) / 1_000)) };
  if (status >= 500) return {};
  const why = error === undefined ? "" : `, error="${error}", error_description="${message}"`;
  return { "www-authenticate": `Bearer realm="api"${why}` };
}
