import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type ECDSACurve,
  type RSABits,
  type RSAHasher,
  State,
  type WebKeySchema,
} from "../../../gen/zitadel/webkey/v2/key_pb.js";
import type { CreateWebKeyRequest, WebKeyService } from "../../../gen/zitadel/webkey/v2/webkey_service_pb.js";
import type { Handlers } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";
import type { StoredWebKey, WebKeyAlgorithm } from "../state/model/web-key.ts";
import { activateWebKey, addWebKey, deleteWebKey } from "../state/web-keys.ts";
import { findRemovalDate } from "./details.ts";

/** zitadel.webkey.v2.WebKeyService, and that of v2beta, which is the same. */
export function createWebkeyV2(store: Store): Handlers<typeof WebKeyService> {
  return {
    createWebKey: ({ key }) => {
      const { alg, bits } = toAlgorithm(key);
      const { id, createdAt } = addWebKey(store, alg, bits);
      return { id, creationDate: timestampFromMs(createdAt) };
    },
    activateWebKey: ({ id }) => ({ changeDate: timestampFromMs(activateWebKey(store, id).changedAt) }),
    // Removing an unknown key is not an error.
    deleteWebKey: ({ id }) => {
      const key = store.webKeys.get(id);
      if (key === undefined) return { deletionDate: findRemovalDate(store, id, "web_key.removed") };
      deleteWebKey(store, key);
      return { deletionDate: timestampFromMs(key.changedAt) };
    },
    listWebKeys: () => {
      const keys = [...store.webKeys.values()].sort((one, other) => one.createdAt - other.createdAt);
      return { webKeys: keys.map(toKeyView) };
    },
  };
}

/** By the enums' numbers in the API, where 0 is unspecified. */
const CURVES: readonly WebKeyAlgorithm[] = ["ES256", "ES256", "ES384", "ES512"];
const HASHERS: readonly WebKeyAlgorithm[] = ["RS256", "RS256", "RS384", "RS512"];
const BITS = [2048, 2048, 3072, 4096];

function toAlgorithm(key: CreateWebKeyRequest["key"]): { alg: WebKeyAlgorithm; bits?: number } {
  if (key.case === "ed25519") return { alg: "EdDSA" };
  if (key.case === "ecdsa") return { alg: CURVES[key.value.curve] ?? "ES256" };
  return { alg: HASHERS[key.value?.hasher ?? 0] ?? "RS256", bits: BITS[key.value?.bits ?? 0] ?? 2048 };
}

const STATES = { initial: State.INITIAL, active: State.ACTIVE, inactive: State.INACTIVE } as const;

function toKeyView(key: StoredWebKey) {
  const { id, createdAt, changedAt, state } = key;
  const dates = { creationDate: timestampFromMs(createdAt), changeDate: timestampFromMs(changedAt) };
  return { id, ...dates, state: STATES[state], key: toPairView(key) };
}

function toPairView({ alg, bits }: StoredWebKey): NonNullable<MessageInitShape<typeof WebKeySchema>["key"]> {
  if (alg === "EdDSA") return { case: "ed25519", value: {} };
  if (bits === undefined) {
    const curve: ECDSACurve = CURVES.lastIndexOf(alg);
    return { case: "ecdsa", value: { curve } };
  }
  const hasher: RSAHasher = HASHERS.lastIndexOf(alg);
  const size: RSABits = BITS.lastIndexOf(bits);
  return { case: "rsa", value: { bits: size, hasher } };
}
