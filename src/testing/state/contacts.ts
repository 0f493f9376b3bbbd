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

/** Only mails have links. */
interface SendCode {
  readonly $typeName?: string;
  readonly urlTemplate?: string | undefined;
}

/** Throws for an address with a name, which the rules of fields let pass. */
export function checkEmailAddress(address: string): void {
  if (/[^\s<].*<.*>\s*$/.test(address)) {
    throw zitadelError(Code.InvalidArgument, "EMAIL-599GV", "Email is invalid");
  }
}

/** An address, which is verified or has a code that verifies it. */
export function newContact(store: Store, kind: ContactKind, address: string, verified: boolean): Contact {
  return verified ? { address, verified } : { address, verified, code: newCode(store, kind) };
}

/** Gives a human another address. */
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

/** Makes a new code for an address, in place of the last one. */
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

/** Verifies an address by its code; both outcomes are part of the user's history. `wrong`: the id of the refusal. */
export function verifyContact(
  store: Store,
  { user, human }: { readonly user: User; readonly human: Human },
  kind: ContactKind,
  code: string,
  wrong = "COMMAND-eis9R",
): void {
  const contact = human[kind];
  if (contact === undefined || !codeMatches(store, contact.code, code)) {
    writeEvents(store, user, { type: `user.human.${kind}.verification.failed` });
    throw zitadelError(Code.InvalidArgument, wrong, "Code is invalid");
  }
  human[kind] = { address: contact.address, verified: true };
  writeEvents(store, user, contactVerified(kind));
}

/** Whether an address is verified, and no code was made for it since. */
export function isConfirmed({ verified, code }: Contact): boolean {
  return verified && code === undefined;
}

/** The code, where the request asks for it to be returned. */
export function returnedCode(
  verification: Verification | undefined,
  contact: Contact | undefined,
): string | undefined {
  return verification?.case === "returnCode" ? contact?.code?.text : undefined;
}
