import type { Contact } from "./model/user.ts";
import { secretText } from "./store.ts";

/** An address; one that is not verified has a code that verifies it. */
export function newContact(address: string, verified: boolean): Contact {
  return verified ? { address, verified } : { address, verified, code: secretText(6).toUpperCase() };
}
