import { Code, ConnectError } from "@connectrpc/connect";

/** An error of the endpoints of OAuth (RFC 6749, section 5.2), as Zitadel words it. */
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

/** An API error as an OAuth error: its text without its id. */
export function toOAuthError(cause: unknown): unknown {
  if (!(cause instanceof ConnectError)) return cause;
  const status = STATUS[cause.code] ?? 400;
  const description = cause.rawMessage.replace(/ \([\w-]+\)$/, "");
  return new OAuthError(status === 500 ? "server_error" : "invalid_request", description, status);
}
