import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { Store } from "./model/store.ts";
import type { Machine, MachineKey, PersonalAccessToken, User } from "./model/user.ts";
import { secretText, writeEvents } from "./store.ts";
import { issueToken } from "./tokens.ts";

/** The lifetime of credentials that are created without one. */
const FOREVER = Date.UTC(9999, 11, 31, 23, 59, 59);

const SECRET_LENGTH = 64;

/** The one type of keys that there is. */
const JSON_KEY = 1;

/** What a personal access token tells of its user. */
export const PAT_SCOPES: readonly string[] = [
  "openid",
  "profile",
  "urn:zitadel:iam:user:metadata",
  "urn:zitadel:iam:user:resourceowner",
];

/** Gives the machine a client secret, which replaces an earlier one. */
export function addSecret(store: Store, user: User, machine: Machine): string {
  machine.secret = secretText(SECRET_LENGTH);
  writeEvents(store, user, { type: "user.machine.secret.set" });
  return machine.secret;
}

/** Registers a public key (PEM) of the user's own. */
export function addPublicKey(
  store: Store,
  user: User,
  machine: Machine,
  publicKey: string,
  expiresAt: number = FOREVER,
): MachineKey {
  const key = { id: store.newId(), createdAt: store.now(), expiresAt, publicKey };
  machine.keys.set(key.id, key);
  const payload = {
    keyId: key.id,
    type: JSON_KEY,
    expirationDate: new Date(expiresAt).toISOString(),
    publicKey: Buffer.from(publicKey).toString("base64"),
  };
  writeEvents(store, user, { type: "user.machine.key.added", payload });
  return key;
}

/** Makes a key pair and returns the key file as Zitadel issues it. */
export async function addKey(
  store: Store,
  user: User,
  machine: Machine,
  expiresAt: number = FOREVER,
): Promise<{ key: MachineKey; keyFile: string }> {
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const key = addPublicKey(store, user, machine, publicKey, expiresAt);
  const keyFile = JSON.stringify({
    type: "serviceaccount",
    keyId: key.id,
    key: pair.privateKey.export({ type: "pkcs1", format: "pem" }),
    expirationDate: new Date(expiresAt).toISOString().replace(".000Z", "Z"),
    userId: user.id,
  });
  return { key, keyFile };
}

/** Gives the machine a token that is a bearer by itself. */
export function addPersonalAccessToken(
  store: Store,
  user: User,
  machine: Machine,
  expiresAt: number = FOREVER,
): PersonalAccessToken {
  const times = { id: store.newId(), createdAt: store.now(), expiresAt };
  const grant = { userId: user.id, forApi: true, issued: false, scopes: PAT_SCOPES };
  const pat = { ...times, token: issueToken(store, { ...times, ...grant }) };
  machine.tokens.set(pat.id, pat);
  const payload = { tokenId: pat.id, expiration: new Date(expiresAt).toISOString(), scopes: [...PAT_SCOPES] };
  writeEvents(store, user, { type: "user.pat.added", payload });
  return pat;
}
