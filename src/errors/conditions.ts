import type { Condition, Symptoms } from "./diagnosis.ts";
import { isKnownDetail } from "./error-detail.ts";

/** The ids by which Zitadel tells that the caller has roles, none of which has the permission that a call needs. */
export const LACKS_PERMISSION: readonly string[] = ["AUTH-5mWD2", "AUTH-3jknH", "AUTH-AWfge", "AUTH-Swrgg2"];

/** The id by which Zitadel tells that the caller has no role where the call needs one. */
export const NO_MEMBERSHIP = "AUTHZ-cdgFk";

/** All ids of a missing permission. */
export const MISSING_PERMISSION: readonly string[] = [...LACKS_PERMISSION, NO_MEMBERSHIP];

/** The ids of what an execution's target has refused, in the words of whoever runs it. */
export const TARGET_REFUSED: readonly string[] = ["EXEC-reUaUZCzCp", "EXEC-bmhNhpcqpF"];

/** What Zitadel's middleware and gRPC itself say, unlike Zitadel's own errors. */
export const noDetail: Condition = {
  text: "no detail",
  is: ({ decodedDetails }) => !decodedDetails.some(isKnownDetail),
};

/** Whether `fieldViolations` has something to see. */
export const namesField: Condition = {
  text: "it names the field",
  is: ({ fieldViolations }) => fieldViolations.length > 0,
};

/** How the message begins of a request that was not sent because of a value that its field cannot take. */
export const UNENCODABLE = "The request cannot be encoded: ";

export const unencodable: Condition = {
  text: "the request cannot be encoded",
  is: ({ rawMessage }) => rawMessage.startsWith(UNENCODABLE),
};

/** Of middleware, and naming the field: a rule of the API. */
export const brokenRule: Condition = {
  text: "no detail, and it names the field",
  is: (symptoms) => noDetail.is(symptoms) && namesField.is(symptoms),
};

export function unimplemented(what: "service" | "method"): Condition {
  return { text: `the ${what} is not served`, is: (symptoms) => symptoms.unimplemented === what };
}

/** Told by its text, where there is nothing else to tell it by. */
export function textMatches(words: string, pattern: RegExp): Condition {
  return { text: `its text says ${words}`, is: ({ rawMessage }) => pattern.test(rawMessage) };
}

/** Of gRPC in Go. */
export const responseTooLarge: Condition = textMatches(
  "that it was trying to send a message larger than its maximum",
  /trying to send message larger than max/,
);

/** The word for "internal" in "An internal error occurred", in the languages into which Zitadel translates it. */
const INTERNAL = /intern|Errors\.Internal|внутр|внатр|вътр|wewnętrzn|belső|dahili|داخلي|内部|내부/i;

/**
 * Zitadel gives the id of a violated unique constraint to every failure of the statement that adds one. Of a real
 * violation the text says what exists already; of any other failure it speaks of an internal error.
 */
export const failedInsert: Condition = {
  text: "its text says that an internal error occurred, in any language",
  is: isFailedInsert,
};

export function isFailedInsert({ id, rawMessage }: Pick<Symptoms, "id" | "rawMessage">): boolean {
  return id === "V3-DKcYh" && INTERNAL.test(rawMessage);
}
