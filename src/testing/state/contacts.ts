import type { Contact } from "./model/user.ts";
import { secretText } from "./store.ts";

/** How a request wants an address to be verified. */
export type Verification =
  | { readonly case: "isVerified"; readonly value: boolean }
  | { readonly case: "sendCode" | "returnCode" | undefined; readonly value?: unknown };

/** An address; one that is neither verified nor said not to be has a code that verifies it. */
export function newContact(address: string, verification: Verification = { case: undefined }): Contact {
  if (verification.case === "isVerified") return { address, verified: verification.value };
  return { address, verified: false, code: secretText(6).toUpperCase() };
}
