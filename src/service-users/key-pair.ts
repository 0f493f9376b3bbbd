import { createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { ServiceAccountKey } from "../auth/credential/key-file.ts";

const MODULUS_LENGTH = 2048;

/** Creates a private key, in PEM. */
export async function makePrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: MODULUS_LENGTH });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

/** The public half of a key, in the server's format. */
export function toPublicKey(privateKey: string): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ type: "spki", format: "pem" }));
}

/** The content of a key file, in the form that Zitadel issues. */
export function toKeyFile({ userId, keyId, key, expirationDate }: Omit<ServiceAccountKey, "type">): string {
  const content: ServiceAccountKey = { type: "serviceaccount", keyId, key, expirationDate, userId };
  return `${JSON.stringify(content)}\n`;
}
