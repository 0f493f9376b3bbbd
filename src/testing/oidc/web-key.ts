import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import type { Store } from "../state/model/store.ts";
import type { StoredWebKey, WebKeyAlgorithm } from "../state/model/web-key.ts";
import { findActiveWebKey } from "../state/web-keys.ts";

/** A signing key. */
export interface WebKey {
  readonly id: string;
  readonly alg: WebKeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Parsed keys are cached, since parsing takes longer than signing. */
const read = new WeakMap<StoredWebKey, WebKey>();

/** Parses a stored key. */
export function toWebKey(stored: StoredWebKey): WebKey {
  const known = read.get(stored);
  if (known !== undefined) return known;
  const { id, alg, privateKey, publicKey } = stored;
  const key = {
    id,
    alg,
    privateKey: createPrivateKey(privateKey),
    publicKey: createPublicKey(publicKey),
  };
  read.set(stored, key);
  return key;
}

/** Creates the document at `/oauth/v2/keys`. */
export async function createKeySet(store: Store): Promise<object> {
  const toJwk = async (stored: StoredWebKey): Promise<object> => {
    const { id, alg, publicKey } = toWebKey(stored);
    const { kty, ...parameters } = await exportJWK(publicKey);
    return { use: "sig", kty, kid: id, alg, ...parameters };
  };
  return { keys: await Promise.all([...store.webKeys.values()].map(toJwk)) };
}

/** Signs claims with the active key. */
export async function signJwt(store: Store, claims: JWTPayload): Promise<string> {
  const { id, alg, privateKey } = toWebKey(findActiveWebKey(store));
  return await new SignJWT(claims).setProtectedHeader({ alg, kid: id, typ: "JWT" }).sign(privateKey);
}
