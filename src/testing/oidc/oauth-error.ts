import { Code, ConnectError } from "@connectrpc/connect";

/** An error of the OAuth endpoints (RFC 6749, section 5.2), with Zitadel's description. */
export class OAuthError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "OAuthError";
  override readonly name = "OAuthError";
  readonly error: string;
  /** 500 for failures of the server itself. */
  readonly status: number;

  constructor(error: string, description: string, status = 400) {
    super(description);
    this.error = error;
    this.status = status;
  }
}

const STATUS: Partial<Record<Code, number>> = {
  [Code.NotFound]: 404,
  [Code.PermissionDenied]: 403,
  [Code.AlreadyExists]: 409,
  [Code.Internal]: 500,
};

/** Converts an API error to an OAuth error, whose description is the message without the id. */
export function toOAuthError(cause: unknown): unknown {
  if (!(cause instanceof ConnectError)) return cause;
  const status = STATUS[cause.code] ?? 400;
  const description = cause.rawMessage.replace(/ \([\w-]+\)$/, "");
  return new OAuthError(status === 500 ? "server_error" : "invalid_request", description, status);
}
