import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { TokenIssuer } from "./tokens.ts";
import { toWebKey } from "./web-key.ts";

/** Reads the claims of an ID token, which may have expired. Undefined if it is not a valid one of this instance. */
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

/** Finds the id of the user that an ID token names. Like the server, it ignores invalid ones. */
export async function findHintedUser(
  issuer: TokenIssuer,
  idToken: string,
  origin: string,
): Promise<string | undefined> {
  return idToken === "" ? undefined : (await readIdToken(issuer, idToken, origin))?.sub;
}
