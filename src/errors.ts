import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "../gen/zitadel/message_pb.js";
import { AuthError } from "./auth/auth-error.ts";
import { failureOf } from "./transport/failure.ts";

/** Who found that a call cannot succeed. */
export type ErrorOrigin =
  /** The Zitadel server answered with an error. */
  | "server"
  /** No answer came: network, TLS, a proxy, a deadline. */
  | "transport"
  /** No access token could be obtained. */
  | "authentication"
  /** The call was canceled, or never sent. */
  | "client";

/** What is known of a failed call, apart from what {@link ConnectError} has. */
export interface ZitadelErrorInit {
  /** The RPC, as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  readonly origin: ErrorOrigin;
  readonly code: Code;
  readonly message: string;
  readonly id?: string | undefined;
  readonly metadata?: Headers | undefined;
  readonly details?: ConnectError["details"] | undefined;
  readonly cause?: unknown;
}

/** Marks an error across copies of this package in one process. */
const brand = Symbol.for("zitadel-connect.ZitadelError");

/**
 * A call that failed. Extends {@link ConnectError}, so that what is written for Connect keeps working: `code`,
 * `rawMessage`, `metadata`, `findDetails()`. Decide on `code` and `id`, never on the message: Zitadel translates it.
 */
export class ZitadelError extends ConnectError {
  /** Zitadel's id of the error, such as `QUERY-Dfbg2`. Absent where middleware or the network made the error. */
  readonly id: string | undefined;
  /** The RPC that failed, as `zitadel.user.v2.UserService/GetUserByID`. */
  readonly method: string;
  readonly origin: ErrorOrigin;
  /** The id under which the server's log has the request. */
  readonly requestId: string | undefined;

  constructor(init: ZitadelErrorInit) {
    super(init.message, init.code, init.metadata, undefined, init.cause);
    this.details = init.details ?? [];
    this.id = init.id;
    this.method = init.method;
    this.origin = init.origin;
    this.requestId = init.metadata?.get("x-request-id") ?? undefined;
    // Connect tells its errors by their name, so this one keeps it.
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is ZitadelError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** Turns whatever ended a call into a {@link ZitadelError}. */
export function toZitadelError(reason: unknown, method: string): ZitadelError {
  if (reason instanceof ZitadelError) return reason;
  const error = ConnectError.from(reason);
  const id = zitadelId(error);
  return new ZitadelError({
    method,
    origin: originOf(error),
    code: error.code,
    message: id === undefined ? error.rawMessage : withoutId(error.rawMessage, id),
    id,
    metadata: error.metadata,
    details: error.details,
    cause: error.cause,
  });
}

/**
 * The error of a call for which no token could be obtained. One that may pass is `Unavailable`, any other
 * `Unauthenticated`; `cause` has the {@link AuthError} with all that is known.
 */
export function toAuthenticationError(reason: unknown, method: string): ZitadelError {
  const code = reason instanceof AuthError && reason.retryable ? Code.Unavailable : Code.Unauthenticated;
  const message = reason instanceof Error ? reason.message : "the token source failed";
  return new ZitadelError({ method, origin: "authentication", code, message, cause: reason });
}

/** The name of an RPC in errors and logs, as `zitadel.user.v2.UserService/GetUserByID`. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Zitadel's own errors carry exactly one detail; errors of its middleware carry none. */
function zitadelId(error: ConnectError): string | undefined {
  const [detail] = [
    ...error.findDetails(ErrorDetailSchema),
    ...error.findDetails(CredentialsCheckErrorSchema),
  ];
  return detail?.id || undefined;
}

/** The server appends the id to its message. */
function withoutId(message: string, id: string): string {
  const suffix = ` (${id})`;
  return message.endsWith(suffix) ? message.slice(0, -suffix.length) : message;
}

function originOf(error: ConnectError): ErrorOrigin {
  if (error.code === Code.Canceled) return "client";
  return isFromServer(error) ? "server" : "transport";
}

/** Whether the server said it. A transport of the user's own keeps no record, but Connect marks some errors. */
export function isFromServer(error: ConnectError): boolean {
  return failureOf(error)?.origin === "server" || error.isWireError;
}
