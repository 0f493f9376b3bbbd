import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { TokenIssuer } from "./tokens.ts";
import { toWebKey } from "./web-key.ts";

/** The claims of an ID token of this instance, ignoring its times; undefined if it is not one. */
export async function readIdToken(
  { store }: Pick<TokenIssuer, "store">,
  idToken: string,
  origin: string,
): Promise<JWTPayload | undefined> {
  try {
    const { kid } = decodeProtectedHeader(idToken);
    const key = store.webKeys.get(kid ?? "");
    if (key === undefined) return undefined;
    await compactVerify(idToken, toWebKey(key).publicKey);
    const claims = decodeJwt(idToken);
    return claims.iss === origin ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** The user that an ID token names; the server ignores invalid ones. */
export async function findHintedUser(
  issuer: TokenIssuer,
  idToken: string,
  origin: string,
): Promise<string | undefined> {
  return idToken === "" ? undefined : (await readIdToken(issuer, idToken, origin))?.sub;
}
