/**
 * Why a request was refused.
 *
 * - `missing_token`: the request has no bearer token
 * - `malformed`: the `Authorization` header holds something other than one bearer token
 * - `opaque_token`: only introspection can verify this token, and it is not set up
 * - `bad_signature`: the signature is invalid, or uses an algorithm that Zitadel does not use
 * - `unknown_key`: signed with a key that the instance does not have
 * - `not_access_token`: an ID token or another JWT of the instance
 * - `wrong_issuer`, `wrong_audience`: a token from another instance, or for another project
 * - `expired`, `not_yet_valid`: by the instance's clock
 * - `inactive`: introspection says that the token is not active; it gives no reason
 * - `introspection_refused`: the instance refuses the credential of this service
 * - `unreachable`: the instance gave no usable response in time, so the request is refused
 * - `missing_role`: the caller is verified, but lacks the role
 * - `not_verified`: the service asked for the caller of a request that it has not verified
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

/** The text of an error, and the response to it. */
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
    hint: "The caller must send one access token exactly as issued: no quotes, spaces or second header. Pass it to verify() without the word Bearer.",
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
    hint: "The token was changed, or was not issued by Zitadel.",
  },
  unknown_key: {
    status: 401,
    error: "invalid_token",
    message: "The token is signed with an unknown key",
    hint: "Check that this instance issued the token. An unknown key makes the verifier fetch the keys again, at most every ten seconds.",
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
    message: "The token is from another issuer",
    hint: "Check that the caller and url refer to the same instance; if url is an internal address, set instanceHost or issuer.",
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
    hint: "The caller must get a new token; clients of this package do so automatically.",
  },
  not_yet_valid: {
    status: 401,
    error: "invalid_token",
    message: "The token is not valid yet",
    hint: "Compare this machine's clock with the instance's.",
  },
  inactive: {
    status: 401,
    error: "invalid_token",
    message: "The token is not active",
    hint: `It has expired or was revoked, its user is locked or deactivated, or it was requested without the scope ${AUDIENCE_SCOPE}; a Zitadel whose database fails may also respond like this.`,
  },
  introspection_refused: {
    status: 500,
    message: "The service cannot verify tokens",
    hint: "Check that the option introspection has the current key or secret of an API application of this instance.",
  },
  unreachable: {
    status: 503,
    message: "The token cannot be verified right now",
    hint: "Check the option url, the network and the instance; cause says what happened. The caller may try again.",
  },
  missing_role: {
    status: 403,
    error: "insufficient_scope",
    message: "The caller lacks the required role",
    hint: "Give the user the role in the project; a JWT has roles only if it was requested with the scope urn:zitadel:iam:org:projects:roles.",
  },
  not_verified: {
    status: 500,
    message: "The caller was not verified",
    hint: "Put middleware() or verifyRequest() of the same verifier before the code that asks for the caller.",
  },
};

/** The details of an error, besides its code. */
export interface CallerErrorInit {
  readonly cause?: unknown;
  /** How long to wait before the next request, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The missing role. */
  readonly role?: string | undefined;
  readonly organizationId?: string | undefined;
}

/**
 * A request was refused. Holds no token. `message` may be shown to the sender of the request, `hint` is for whoever
 * runs the service, and `cause` is an AuthError if asking the instance failed.
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
  /** The same, by the name that frameworks use. */
  readonly statusCode: number;
  /** The headers of the response, such as `www-authenticate` (RFC 6750 section 3). */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the same request may succeed later. */
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

  /** What the sender of the request may see; without the cause. */
  toJSON(): { readonly name: string; readonly code: CallerErrorCode; readonly message: string } {
    return { name: this.name, code: this.code, message: this.message };
  }
}

function withRole(message: string, { role, organizationId }: CallerErrorInit): string {
  if (role === undefined) return message;
  const where = organizationId === undefined ? "" : ` in organization ${JSON.stringify(organizationId)}`;
  return `${message}: ${JSON.stringify(role)}${where}`;
}

/** A challenge if another token may help; when to try again if the instance is unreachable. */
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
