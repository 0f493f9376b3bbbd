import { Code, ConnectError } from "@connectrpc/connect";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";

/** An error as Zitadel sends it: the id follows the message, and a detail contains both. Throw it from a handler. */
export function zitadelError(code: Code, id: string, message: string): ConnectError {
  return new ConnectError(`${message} (${id})`, code, undefined, [
    { desc: ErrorDetailSchema, value: { id, message } },
  ]);
}

/** The error for an object whose state does not allow a change. */
export function preconditionError(id: string, message: string): ConnectError {
  return zitadelError(Code.FailedPrecondition, id, message);
}

/** The error for a wrong password, with the number of failed attempts. */
export function credentialsCheckError(
  code: Code,
  id: string,
  message: string,
  failedAttempts: number,
): ConnectError {
  return new ConnectError(`${message} (${id})`, code, undefined, [
    { desc: CredentialsCheckErrorSchema, value: { id, message, failedAttempts } },
  ]);
}

/** The error for every invalid token, whatever the reason. */
export function tokenInvalid(): ConnectError {
  return zitadelError(Code.Unauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid");
}
