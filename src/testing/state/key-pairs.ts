import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";

/** A key pair of which Zitadel hands out one half in a key file. In PEM. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const RSA = {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
} as const;

/** Makes an RSA key pair, beside what else goes on. */
export async function makeRsaPair(): Promise<KeyPair> {
  return await promisify(generateKeyPair)("rsa", RSA);
}

/** An RSA key pair that is made when it is first asked for. */
export function lazyRsaPair(): KeyPair {
  return lazyPair(() => generateKeyPairSync("rsa", RSA));
}

/**
 * A key pair that `make` makes when it is first asked for: a pair takes longer than all else of an emulator's start, and
 * many tests never use one.
 */
export function lazyPair(make: () => KeyPair): KeyPair {
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
