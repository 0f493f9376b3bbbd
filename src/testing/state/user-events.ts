import type { JsonObject } from "@bufbuild/protobuf";
import { getCodeLifetimeMs } from "./codes.ts";
import type { NewEvent } from "./event-log.ts";
import { omitEmpty, omitUndefined, toNanoseconds } from "./event-payloads.ts";
import type { Code } from "./model/auth-methods.ts";
import type { Store } from "./model/store.ts";
import type { Contact, ContactKind, Human, Machine } from "./model/user.ts";

/** The access token types, as events and the API number them. */
export const TOKEN_TYPE = { bearer: 0, jwt: 1 } as const;

/** The creation of a human. An initial one gets an initialization code instead of one for the email address. */
export function humanAdded(store: Store, userName: string, human: Human, initial = false): NewEvent[] {
  const { email, phone, password } = human;
  const payload = omitEmpty({
    userName,
    ...toProfile(human),
    email: email.address,
    phone: phone?.address ?? "",
    changeRequired: password?.changeRequired ?? false,
  });
  return [
    { type: "user.human.added", payload },
    ...(initial && !email.verified ? [] : contactConfirmed("email", email)),
    ...(initial ? [initialCodeAdded(store)] : []),
    ...(phone === undefined ? [] : contactConfirmed("phone", phone)),
  ];
}

/** A new initialization code. */
export function initialCodeAdded(store: Store): NewEvent {
  const expiry = toNanoseconds(getCodeLifetimeMs(store, "init"));
  return { type: "user.human.initialization.code.added", payload: { expiry } };
}

/** The creation of a machine. */
export function machineAdded(userName: string, { name, description, accessTokenType }: Machine): NewEvent {
  const payload = { userName, name, description, accessTokenType: TOKEN_TYPE[accessTokenType] };
  return { type: "user.machine.added", payload: omitEmpty(payload) };
}

/** A new address, with its verification or code. */
export function contactChanged(kind: ContactKind, contact: Contact): NewEvent[] {
  const changed = { type: `user.human.${kind}.changed`, payload: { [kind]: contact.address } };
  return [changed, ...contactConfirmed(kind, contact)];
}

/** The verification of an address, or a code for it. */
function contactConfirmed(kind: ContactKind, { verified, code }: Contact): NewEvent[] {
  if (verified) return [contactVerified(kind)];
  return code === undefined ? [] : [contactCodeAdded(kind, code)];
}

/** A code to verify an address. */
export function contactCodeAdded(kind: ContactKind, { lifetimeMs }: Code): NewEvent {
  return { type: `user.human.${kind}.code.added`, payload: { expiry: toNanoseconds(lifetimeMs) } };
}

/** The verification of an address. */
export function contactVerified(kind: ContactKind): NewEvent {
  return { type: `user.human.${kind}.verified` };
}

/** A change of a human's profile. `changes`: the values that differ. */
export function profileChanged(changes: Partial<Human>): NewEvent {
  return { type: "user.human.profile.changed", payload: toProfile(changes) };
}

/** A change of a machine. `changes`: the values that differ. */
export function machineChanged({ name, description, accessTokenType }: Partial<Machine>): NewEvent {
  const tokenType = accessTokenType === undefined ? {} : { accessTokenType: TOKEN_TYPE[accessTokenType] };
  return {
    type: "user.machine.changed",
    payload: { ...omitUndefined({ name, description }), ...tokenType },
  };
}

/** A new password. */
export function passwordChanged(changeRequired: boolean): NewEvent {
  return { type: "user.human.password.changed", payload: { changeRequired } };
}

function toProfile(human: Partial<Human>): JsonObject {
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender } = human;
  const names = { firstName: givenName, lastName: familyName, nickName, displayName };
  return omitUndefined({ ...names, preferredLanguage, gender });
}
