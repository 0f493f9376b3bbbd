import type { Caller } from "./handlers.ts";
import { verifyAssertion } from "./oidc/verify-assertion.ts";

/** A user of the system API, whom the server's configuration names. */
export interface SystemUser {
  /** `iss` and `sub` of the tokens that the user signs. */
  readonly name: string;
  /** In PEM. */
  readonly publicKey: string;
}

/** Recognizes the tokens of system users. */
export interface SystemUsers {
  /** The user whose self-signed token `bearer` is; undefined for anything else. */
  verify(bearer: string): Promise<Caller | undefined>;
}

/** `audience` is the external origin of the server. Which key has signed is not asked: each user has one. */
export function createSystemUsers(
  users: readonly SystemUser[],
  audience: () => string,
  now: () => number,
): SystemUsers {
  const keys = new Map(users.map(({ name, publicKey }) => [name, publicKey]));
  return {
    verify: async (bearer) => {
      if (keys.size === 0) return undefined;
      const name = await verifyAssertion(bearer, audience(), now(), (subject) => keys.get(subject)).catch(
        () => undefined,
      );
      return name === undefined ? undefined : { userId: name, organizationId: "" };
    },
  };
}
