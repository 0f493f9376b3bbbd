import { generateKeyPairSync } from "node:crypto";
import type { ServiceAccountKey } from "../src/index.ts";

/** A new key of a service user. It is PKCS#1, as Zitadel makes them. */
export function createServiceAccountKey(): ServiceAccountKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = String(privateKey.export({ type: "pkcs1", format: "pem" }));
  return { type: "serviceaccount", keyId: "294817263548190003", userId: "294817263548190002", key };
}
