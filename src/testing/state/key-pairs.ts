import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";

/** A key pair in PEM. Zitadel gives out the private key in a key file. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const RSA = {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
} as const;

/** Generates an RSA key pair without blocking. */
export async function generateRsaPair(): Promise<KeyPair> {
  return await promisify(generateKeyPair)("rsa", RSA);
}

/** Creates an RSA key pair that is generated on first use. */
export function createLazyRsaPair(): KeyPair {
  return createLazyPair(() => generateKeyPairSync("rsa", RSA));
}

/**
 * A key pair that `make` generates on first use: this takes longer than the rest of an emulator's start, and many tests
 * never use one.
 */
export function createLazyPair(make: () => KeyPair): KeyPair {
  let pair: KeyPair | undefined;
  const made = (): KeyPair => {
    pair ??= make();
    return pair;
  };
  return {
    get publicKey() {
      return made().publicKey;
    },
    get privateKey() {
      return made().privateKey;
    },
  };
}
