import { createPublicKey, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { fakeEncrypted } from "./event-payloads.ts";
import { createLazyPair, type KeyPair } from "./key-pairs.ts";
import type { Store } from "./model/store.ts";
import type { StoredWebKey, WebKeyAlgorithm } from "./model/web-key.ts";
import { newAggregate, writeEvents } from "./store.ts";

const CURVES: Partial<Record<WebKeyAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

const RSA_BITS = 2048;

/** Adds a key, which does not sign until it is activated. */
export function addWebKey(store: Store, alg: WebKeyAlgorithm = "RS256", rsaBits = RSA_BITS): StoredWebKey {
  const identity = { aggregateType: "web_key", id: store.newId(), resourceOwner: store.instanceId };
  const pair = createLazyPair(() => makePair(alg, rsaBits));
  const key: StoredWebKey = {
    ...newAggregate(store, identity),
    state: "initial",
    alg,
    bits: alg.startsWith("RS") ? rsaBits : undefined,
    get privateKey() {
      return pair.privateKey;
    },
    get publicKey() {
      return pair.publicKey;
    },
  };
  store.webKeys.set(key.id, key);
  const payload = {
    ...toConfig(key),
    privateKey: fakeEncrypted("oidcKey"),
    get publicKey() {
      const jwk = createPublicKey(pair.publicKey).export({ format: "jwk" }) as JsonObject;
      return { use: "sig", kid: key.id, alg, ...jwk };
    },
  };
  writeEvents(store, key, { type: "web_key.added", payload });
  return key;
}

function makePair(alg: WebKeyAlgorithm, rsaBits: number): KeyPair {
  const { privateKey, publicKey } = generatePair(alg, rsaBits);
  return {
    privateKey: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    publicKey: String(publicKey.export({ type: "spki", format: "pem" })),
  };
}

function generatePair(alg: WebKeyAlgorithm, modulusLength: number): KeyPairKeyObjectResult {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve });
  if (alg === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength });
}

function toConfig({ alg, bits }: StoredWebKey): JsonObject {
  if (bits !== undefined) {
    return { configType: "RSA", config: { Bits: String(bits), Hasher: alg.replace("RS", "SHA") } };
  }
  const curve = CURVES[alg];
  return curve === undefined
    ? { configType: "ED25519", config: {} }
    : { configType: "ECDSA", config: { Curve: curve.replace("-", "") } };
}

/** Adds the keys of a new instance: an active one, and the next one. */
export function addInitialWebKeys(store: Store): void {
  const { createdAt } = addActiveWebKey(store);
  // Both were created in one transaction, so lists cannot sort them by creation date.
  addWebKey(store).createdAt = createdAt;
}

/** Adds a key and activates it. Earlier keys still verify. */
export function addActiveWebKey(store: Store, alg?: WebKeyAlgorithm): StoredWebKey {
  return activateWebKey(store, addWebKey(store, alg).id);
}

/** Finds the active key, which signs. */
export function findActiveWebKey(store: Store): StoredWebKey {
  for (const key of store.webKeys.values()) if (key.state === "active") return key;
  throw new Error("the instance has no active web key");
}

/** Activates a key, which replaces the active one. Does nothing if it is already active. */
export function activateWebKey(store: Store, id: string): StoredWebKey {
  const key = store.webKeys.get(id);
  if (key === undefined) throw zitadelError(Code.NotFound, "COMMAND-teiG3", "Web key not found");
  if (key.state === "active") return key;
  const before = [...store.webKeys.values()].find(({ state }) => state === "active");
  changeState(store, key, "active", "web_key.activated");
  if (before !== undefined) changeState(store, before, "inactive", "web_key.deactivated");
  return key;
}

/** Moves the key to the end, too: the server publishes keys in the order of its table, where an updated row is last. */
function changeState(store: Store, key: StoredWebKey, state: StoredWebKey["state"], type: string): void {
  key.state = state;
  store.webKeys.delete(key.id);
  store.webKeys.set(key.id, key);
  writeEvents(store, key, { type });
}

/** Removes an inactive key, which no longer verifies. */
export function deleteWebKey(store: Store, key: StoredWebKey): void {
  if (key.state === "active") {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Chai1", "Cannot delete active web key");
  }
  store.webKeys.delete(key.id);
  writeEvents(store, key, { type: "web_key.removed" });
}
