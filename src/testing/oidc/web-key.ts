import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { exportJWK, type JWTPayload, SignJWT } from "jose";

/** The key with which the server signs. */
export interface WebKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes a key pair. */
export async function createWebKey(id: string): Promise<WebKey> {
  return { id, ...(await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })) };
}

/** The document at `/oauth/v2/keys`. */
export async function keySet({ id, publicKey }: WebKey): Promise<object> {
  const { kty, n, e } = await exportJWK(publicKey);
  return { keys: [{ use: "sig", kty, kid: id, alg: "RS256", n, e }] };
}

/** Signs claims as they are. */
export async function signJwt({ id, privateKey }: WebKey, claims: JWTPayload): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: id }).sign(privateKey);
}
