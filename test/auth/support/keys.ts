import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ServiceAccountKey } from "../../../src/auth/credential/key-file.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const rsaPairs: KeyPair[] = [];

/** An RSA key pair, cached by number, since generating one is slow. */
export function rsaPair(number = 0): KeyPair {
  for (let made = rsaPairs.length; made <= number; made += 1) {
    rsaPairs.push(generateKeyPairSync("rsa", { modulusLength: 2048 }));
  }
  const pair = rsaPairs[number];
  if (pair === undefined) throw new Error("no such key pair");
  return pair;
}

export function pkcs1({ privateKey }: KeyPair): string {
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

/** A key file as Zitadel issues it. */
export function serviceAccountKey(keyId = "key-1", number = 0): ServiceAccountKey {
  const expirationDate = "2030-01-01T00:00:00Z";
  return { type: "serviceaccount", keyId, key: pkcs1(rsaPair(number)), userId: "user-1", expirationDate };
}

/** A directory that is removed after the test. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "auth-test-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
