import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Store } from "./model/store.ts";
import type { StoredWebKey, WebKeyAlgorithm } from "./model/web-key.ts";
import { newAggregate } from "./store.ts";

const CURVES: Partial<Record<WebKeyAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Makes a key that signs from now on. Those before stay among the keys that verify. */
export async function addActiveWebKey(store: Store, alg: WebKeyAlgorithm = "RS256"): Promise<StoredWebKey> {
  const { privateKey, publicKey } = await createPair(alg);
  const identity = { aggregateType: "web_key", id: store.newId(), resourceOwner: store.instanceId };
  const key: StoredWebKey = {
    ...newAggregate(store, identity),
    alg,
    state: "active",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
  for (const one of store.webKeys.values()) if (one.state === "active") one.state = "inactive";
  store.webKeys.set(key.id, key);
  return key;
}

/** The key that signs. */
export function findActiveWebKey(store: Store): StoredWebKey {
  for (const key of store.webKeys.values()) if (key.state === "active") return key;
  throw new Error("the instance has no active web key");
}

async function createPair(alg: WebKeyAlgorithm): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return await promisify(generateKeyPair)("ec", { namedCurve });
  if (alg === "EdDSA") return await promisify(generateKeyPair)("ed25519", {});
  return await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
}
