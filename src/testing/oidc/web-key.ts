import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { exportJWK, type JWTPayload, SignJWT } from "jose";

/** What the keys of an instance may be, by the names of JOSE. */
export type WebKeyAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA";

/** The key with which the server signs. */
export interface WebKey {
  readonly id: string;
  readonly alg: WebKeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The keys of an instance: one signs, all of them verify. */
export interface WebKeys {
  active: WebKey;
  readonly published: WebKey[];
}

const CURVES: Partial<Record<WebKeyAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Makes a key pair. */
export async function createWebKey(id: string, alg: WebKeyAlgorithm = "RS256"): Promise<WebKey> {
  return { id, alg, ...(await createPair(alg)) };
}

async function createPair(alg: WebKeyAlgorithm): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return await promisify(generateKeyPair)("ec", { namedCurve });
  if (alg === "EdDSA") return await promisify(generateKeyPair)("ed25519", {});
  return await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
}

/** The document at `/oauth/v2/keys`. */
export async function keySet({ published }: WebKeys): Promise<object> {
  const toJwk = async ({ id, alg, publicKey }: WebKey): Promise<object> => {
    const { kty, ...parameters } = await exportJWK(publicKey);
    return { use: "sig", kty, kid: id, alg, ...parameters };
  };
  return { keys: await Promise.all(published.map(toJwk)) };
}

/** Signs claims as they are. */
export async function signJwt({ id, alg, privateKey }: WebKey, claims: JWTPayload): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg, kid: id, typ: "JWT" }).sign(privateKey);
}
