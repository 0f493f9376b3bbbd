import { createPublicKey } from "node:crypto";
import { compactVerify, decodeJwt } from "jose";
import type { Caller } from "./handlers.ts";
import { ASSERTION_ALGORITHMS, isIssuedRecently, isUnexpired } from "./oidc/assertion-times.ts";

/** A user of the system API, whom the server's configuration names. */
export interface SystemUser {
  /** `iss` and `sub` of the tokens that the user signs. */
  readonly name: string;
  /** In PEM. */
  readonly publicKey: string;
}

export interface SystemUsers {
  /** The user whose self-signed token `bearer` is; undefined for anything else. */
  verify(bearer: string): Promise<Caller | undefined>;
}

/** `audience` is the external origin of the server. */
export function createSystemUsers(
  users: readonly SystemUser[],
  audience: () => string,
  now: () => number,
): SystemUsers {
  const keys = new Map(users.map(({ name, publicKey }) => [name, createPublicKey(publicKey)]));
  return {
    verify: async (bearer) => {
      try {
        const claims = decodeJwt(bearer);
        const key = keys.get(claims.sub ?? "");
        const good =
          claims.iss === claims.sub &&
          [claims.aud].flat().includes(audience()) &&
          isUnexpired(claims, now()) &&
          isIssuedRecently(claims, now());
        if (key === undefined || !good) return undefined;
        await compactVerify(bearer, key, { algorithms: [...ASSERTION_ALGORITHMS] });
        return { userId: claims.sub ?? "", organizationId: "" };
      } catch {
        return undefined;
      }
    },
  };
}
