import { Code, ConnectError } from "@connectrpc/connect";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";

/** An error as Zitadel sends it: the text is followed by the id, and a detail has both. Throw it from a handler. */
export function zitadelError(code: Code, id: string, message: string): ConnectError {
  return new ConnectError(`${message} (${id})`, code, undefined, [
    { desc: ErrorDetailSchema, value: { id, message } },
  ]);
}

/** The response to a wrong password, with the number of failed attempts. */
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

/** The response to every invalid token, whatever is wrong with it. */
export function tokenInvalid(): ConnectError {
  return zitadelError(Code.Unauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid");
}
