import { generateKeyPairSync } from "node:crypto";
import type { ServiceAccountKey } from "../src/index.ts";

/** Creates a key of a service user, as PKCS#1, the format in which Zitadel issues keys. */
export function createServiceAccountKey(): ServiceAccountKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = String(privateKey.export({ type: "pkcs1", format: "pem" }));
  return { type: "serviceaccount", keyId: "294817263548190003", userId: "294817263548190002", key };
}
