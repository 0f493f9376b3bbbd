import { type KeyObject, verify } from "node:crypto";

export interface Jwt {
  readonly header: Record<string, unknown>;
  readonly claims: { iss: string; sub: string; aud: string; iat: number; exp: number };
}

/** Verifies a JWT and decodes it. */
export function readJwt(jwt: string, publicKey: KeyObject): Jwt {
  const [header = "", claims = "", signature = ""] = jwt.split(".");
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))) {
    throw new Error("the signature does not match");
  }
  return { header: decode(header), claims: decode(claims) };
}

function decode<T>(part: string): T {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as T;
}
