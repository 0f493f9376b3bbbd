import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Store } from "./model/store.ts";
import type { StoredWebKey, WebKeyAlgorithm } from "./model/web-key.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";

const CURVES: Partial<Record<WebKeyAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

const RSA_BITS = 2048;

/** Makes a key pair, which does not sign yet. Takes a moment for RSA. */
export async function addWebKey(
  store: Store,
  alg: WebKeyAlgorithm = "RS256",
  rsaBits = RSA_BITS,
): Promise<StoredWebKey> {
  const identity = { aggregateType: "web_key", id: store.newId(), resourceOwner: store.instanceId };
  const { privateKey, publicKey } = await createPair(alg, rsaBits);
  const key: StoredWebKey = {
    ...newAggregate(store, identity),
    state: "initial",
    alg,
    bits: alg.startsWith("RS") ? rsaBits : undefined,
    privateKey: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    publicKey: String(publicKey.export({ type: "spki", format: "pem" })),
  };
  store.webKeys.set(key.id, key);
  const jwk = createPublicKey(key.publicKey).export({ format: "jwk" }) as JsonObject;
  const payload = {
    ...configOf(key),
    privateKey: { CryptoType: 0, Algorithm: "aes", KeyID: "oidcKey", Crypted: secretText(44) },
    publicKey: { use: "sig", kid: key.id, alg, ...jwk },
  };
  writeEvents(store, key, { type: "web_key.added", payload });
  return key;
}

async function createPair(
  alg: WebKeyAlgorithm,
  modulusLength: number,
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return await promisify(generateKeyPair)("ec", { namedCurve });
  if (alg === "EdDSA") return await promisify(generateKeyPair)("ed25519", {});
  return await promisify(generateKeyPair)("rsa", { modulusLength });
}

function configOf({ alg, bits }: StoredWebKey): JsonObject {
  if (bits !== undefined) {
    return { configType: "RSA", config: { Bits: String(bits), Hasher: alg.replace("RS", "SHA") } };
  }
  const curve = CURVES[alg];
  return curve === undefined
    ? { configType: "ED25519", config: {} }
    : { configType: "ECDSA", config: { Curve: curve.replace("-", "") } };
}

/** Makes a key that signs from now on. Those before stay among the keys that verify. */
export async function addActiveWebKey(store: Store, alg?: WebKeyAlgorithm): Promise<StoredWebKey> {
  return activateWebKey(store, (await addWebKey(store, alg)).id);
}

/** The key that signs. */
export function findActiveWebKey(store: Store): StoredWebKey {
  for (const key of store.webKeys.values()) if (key.state === "active") return key;
  throw new Error("the instance has no active web key");
}

/** Has a key sign in place of the one that signs; nothing happens where it does already. */
export function activateWebKey(store: Store, id: string): StoredWebKey {
  const key = store.webKeys.get(id);
  if (key === undefined) throw zitadelError(Code.NotFound, "COMMAND-teiG3", "Web key not found");
  if (key.state === "active") return key;
  const before = [...store.webKeys.values()].find(({ state }) => state === "active");
  key.state = "active";
  writeEvents(store, key, { type: "web_key.activated" });
  if (before !== undefined) {
    before.state = "inactive";
    writeEvents(store, before, { type: "web_key.deactivated" });
  }
  return key;
}

/** Removes a key, which verifies nothing any more. */
export function deleteWebKey(store: Store, key: StoredWebKey): void {
  if (key.state === "active") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Chai1", "Cannot delete active web key");
  }
  store.webKeys.delete(key.id);
  writeEvents(store, key, { type: "web_key.removed" });
}
