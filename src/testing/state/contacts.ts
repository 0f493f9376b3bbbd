import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { codeMatches, newCode } from "./codes.ts";
import type { Store } from "./model/store.ts";
import type { Contact, ContactKind, Human, User } from "./model/user.ts";
import { writeEvents } from "./store.ts";
import { contactChanged, contactCodeAdded, contactVerified } from "./user-events.ts";

/** How a request wants an address to be verified. */
export type Verification =
  | { readonly case: "isVerified"; readonly value: boolean }
  | { readonly case: "sendCode"; readonly value: SendCode }
  | { readonly case: "returnCode"; readonly value?: unknown }
  | { readonly case: undefined; readonly value?: undefined };

/** Only emails contain links. */
interface SendCode {
  readonly $typeName?: string;
  readonly urlTemplate?: string | undefined;
}

/** Throws for an address with a display name, which the field's validation rules accept. */
export function checkEmailAddress(address: string): void {
  if (/[^\s<].*<.*>\s*$/.test(address)) {
    throw zitadelError(Code.InvalidArgument, "EMAIL-599GV", "Email is invalid");
  }
}

/** Creates a contact that is verified, or has a code to verify it. */
export function newContact(store: Store, kind: ContactKind, address: string, verified: boolean): Contact {
  return verified ? { address, verified } : { address, verified, code: newCode(store, kind) };
}

/** Replaces an address of a human. */
export function changeContact(
  store: Store,
  { user, human }: { readonly user: User; readonly human: Human },
  kind: ContactKind,
  contact: Contact,
): Contact {
  human[kind] = contact;
  writeEvents(store, user, ...contactChanged(kind, contact));
  return contact;
}

/** Replaces the code of an address. */
export function renewContactCode(
  store: Store,
  { user, human }: { readonly user: User; readonly human: Human },
  kind: ContactKind,
): Contact {
  const { address = "", verified = false } = human[kind] ?? {};
  const code = newCode(store, kind);
  const contact = { address, verified, code };
  human[kind] = contact;
  writeEvents(store, user, contactCodeAdded(kind, code));
  return contact;
}

/** Verifies an address by its code. Also records failures. `wrong`: the id of the error for a wrong code. */
export function verifyContact(
  store: Store,
  { user, human }: { readonly user: User; readonly human: Human },
  kind: ContactKind,
  { code, wrong = "COMMAND-eis9R" }: { readonly code: string; readonly wrong?: string },
): void {
  const contact = human[kind];
  if (contact === undefined || !codeMatches(store, contact.code, code)) {
    writeEvents(store, user, { type: `user.human.${kind}.verification.failed` });
    throw zitadelError(Code.InvalidArgument, wrong, "Code is invalid");
  }
  human[kind] = { address: contact.address, verified: true };
  writeEvents(store, user, contactVerified(kind));
}

/** Whether an address is verified, and no code has been created for it since. */
export function isConfirmed({ verified, code }: Contact): boolean {
  return verified && code === undefined;
}

/** Gets the code if the request asks to have it returned. */
export function getReturnedCode(
  verification: Verification | undefined,
  contact: Contact | undefined,
): string | undefined {
  return verification?.case === "returnCode" ? contact?.code?.text : undefined;
}
