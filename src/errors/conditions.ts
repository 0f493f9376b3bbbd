import type { Condition, Symptoms } from "./diagnosis.ts";
import { isKnownDetail } from "./error-detail.ts";

/** Zitadel's ids for a caller that has roles, but none with the permission that the call needs. */
export const LACKS_PERMISSION: readonly string[] = ["AUTH-5mWD2", "AUTH-3jknH", "AUTH-AWfge", "AUTH-Swrgg2"];

/** Zitadel's id for a caller that has no role where the call needs one. */
export const NO_MEMBERSHIP = "AUTHZ-cdgFk";

/** All ids for a missing permission. */
export const MISSING_PERMISSION: readonly string[] = [...LACKS_PERMISSION, NO_MEMBERSHIP];

/** The ids of refusals by a target of an execution, whose text comes from its operator. */
export const TARGET_REFUSED: readonly string[] = ["EXEC-reUaUZCzCp", "EXEC-bmhNhpcqpF"];

/** Errors from Zitadel's middleware and from gRPC itself have no detail, unlike Zitadel's own. */
export const noDetail: Condition = {
  text: "no detail",
  is: ({ decodedDetails }) => !decodedDetails.some(isKnownDetail),
};

/** Whether `fieldViolations` is not empty. */
export const namesField: Condition = {
  text: "it names the field",
  is: ({ fieldViolations }) => fieldViolations.length > 0,
};

/** How the message begins if a request was not sent because a field has an invalid value. */
export const UNENCODABLE = "The request cannot be encoded: ";

export const unencodable: Condition = {
  text: "the request cannot be encoded",
  is: ({ rawMessage }) => rawMessage.startsWith(UNENCODABLE),
};

/** An error from middleware that names a field, which breaks a rule of the API. */
export const brokenRule: Condition = {
  text: "no detail, and it names the field",
  is: (symptoms) => noDetail.is(symptoms) && namesField.is(symptoms),
};

export function unimplemented(what: "service" | "method"): Condition {
  return { text: `the ${what} is not served`, is: (symptoms) => symptoms.unimplemented === what };
}

/** Recognized by its text, if there is nothing else to recognize it by. */
export function textMatches(words: string, pattern: RegExp): Condition {
  return { text: `its text says ${words}`, is: ({ rawMessage }) => pattern.test(rawMessage) };
}

/** From gRPC in Go. */
export const responseTooLarge: Condition = textMatches(
  "that it was trying to send a message larger than its maximum",
  /trying to send message larger than max/,
);

/** The word for "internal" in "An internal error occurred", in the languages into which Zitadel translates it. */
const INTERNAL = /intern|Errors\.Internal|внутр|внатр|вътр|wewnętrzn|belső|dahili|داخلي|内部|내부/i;

/**
 * Zitadel uses the id of a violated unique constraint for every failure of the statement that adds one. For a real
 * violation the text says what already exists; for any other failure it mentions an internal error.
 */
export const failedInsert: Condition = {
  text: "its text says that an internal error occurred, in any language",
  is: isFailedInsert,
};

export function isFailedInsert({ id, rawMessage }: Pick<Symptoms, "id" | "rawMessage">): boolean {
  return id === "V3-DKcYh" && INTERNAL.test(rawMessage);
}
