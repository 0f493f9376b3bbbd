import { createPublicKey } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { newSecret } from "./codes.ts";
import type { KeyPair } from "./key-pairs.ts";
import type { Store } from "./model/store.ts";
import type { Machine, MachineKey, PersonalAccessToken, User } from "./model/user.ts";
import { writeEvents } from "./store.ts";
import { issueToken } from "./tokens.ts";

/** The expiry of credentials that are created without one. */
const FOREVER = Date.UTC(9999, 11, 31, 23, 59, 59);

/** The only key type. */
const JSON_KEY = 1;

/** A key, and the key file with its private key. */
export interface IssuedKey {
  readonly key: MachineKey;
  readonly keyFile: string;
}

/** The scopes of a personal access token. */
export const PAT_SCOPES: readonly string[] = [
  "openid",
  "profile",
  "urn:zitadel:iam:user:metadata",
  "urn:zitadel:iam:user:resourceowner",
];

/** Throws if an expiry is in the past. */
export function checkExpiry(store: Store, expiresAt: number): void {
  if (expiresAt >= store.now()) return;
  throw zitadelError(Code.InvalidArgument, "DOMAIN-dv3t5", "Errors.AuthNKey.ExpireBeforeNow");
}

/** Throws if `pem` is not a public key: a SubjectPublicKeyInfo (RFC 5280, section 4.1) in PEM. */
export function checkPublicKey(pem: string): void {
  const message = "Public key is not a valid RSA public key in PKIX format with PEM encoding";
  const [, body = ""] = /-----BEGIN [A-Z ]+-----([\s\S]*?)-----END/.exec(pem) ?? [];
  try {
    createPublicKey({ key: Buffer.from(body, "base64"), format: "der", type: "spki" });
  } catch {
    throw zitadelError(Code.InvalidArgument, "COMMAND-5F3h1", message);
  }
}

/** Sets a new client secret, replacing any earlier one. */
export function addSecret(store: Store, user: User, machine: Machine): string {
  const secret = newSecret(store, "appSecret");
  machine.secret = secret;
  writeEvents(store, user, { type: "user.machine.secret.set" });
  return secret;
}

/** Registers a public key whose private key the user has. */
export function addPublicKey(
  store: Store,
  user: User,
  machine: Machine,
  {
    pair,
    expiresAt = FOREVER,
  }: { readonly pair: Pick<KeyPair, "publicKey">; readonly expiresAt?: number | undefined },
): MachineKey {
  const id = store.newId();
  const payload = {
    keyId: id,
    type: JSON_KEY,
    expirationDate: new Date(expiresAt).toISOString(),
    get publicKey() {
      return Buffer.from(pair.publicKey).toString("base64");
    },
  };
  writeEvents(store, user, { type: "user.machine.key.added", payload });
  const times = { sequence: user.sequence, createdAt: user.changedAt, expiresAt };
  const key = {
    id,
    ...times,
    get publicKey() {
      return pair.publicKey;
    },
  };
  machine.keys.set(id, key);
  return key;
}

/** Registers the public key of a pair. Returns the key with the file that Zitadel would issue for it. */
export function addKey(
  store: Store,
  user: User,
  machine: Machine,
  { pair, expiresAt = FOREVER }: { readonly pair: KeyPair; readonly expiresAt?: number | undefined },
): IssuedKey {
  const key = addPublicKey(store, user, machine, { pair, expiresAt });
  const expirationDate = new Date(expiresAt).toISOString().replace(".000Z", "Z");
  return {
    key,
    get keyFile() {
      const file = { type: "serviceaccount", keyId: key.id, key: pair.privateKey };
      return JSON.stringify({ ...file, expirationDate, userId: user.id });
    },
  };
}

export function addPersonalAccessToken(
  store: Store,
  user: User,
  machine: Machine,
  expiresAt: number = FOREVER,
): PersonalAccessToken {
  const id = store.newId();
  const payload = { tokenId: id, expiration: new Date(expiresAt).toISOString(), scopes: [...PAT_SCOPES] };
  writeEvents(store, user, { type: "user.pat.added", payload });
  const times = { id, createdAt: user.changedAt, expiresAt };
  const grant = { userId: user.id, forApi: true, issued: false, scopes: PAT_SCOPES };
  const pat = { ...times, sequence: user.sequence, token: issueToken(store, { ...times, ...grant }) };
  machine.tokens.set(id, pat);
  return pat;
}

export function removeSecret(store: Store, user: User, machine: Machine): void {
  if (machine.secret === undefined) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-coi82n", "Secret doesn't exist");
  }
  machine.secret = undefined;
  writeEvents(store, user, { type: "user.machine.secret.removed" });
}

/** Removes a key. Returns its user. */
export function removeKey(store: Store, user: User | undefined, keyId: string): User {
  if (user?.machine?.keys.delete(keyId) !== true) {
    throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Machine key not found");
  }
  writeEvents(store, user, { type: "user.machine.key.removed", payload: { keyId } });
  return user;
}

/** Removes a personal access token, which is invalid at once. Returns its user. */
export function removePersonalAccessToken(store: Store, user: User | undefined, tokenId: string): User {
  const pat = user?.machine?.tokens.get(tokenId);
  if (user === undefined || pat === undefined) {
    throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Personal Access Token not found");
  }
  user.machine?.tokens.delete(tokenId);
  store.tokens.delete(pat.token);
  writeEvents(store, user, { type: "user.pat.removed", payload: { tokenId } });
  return user;
}
