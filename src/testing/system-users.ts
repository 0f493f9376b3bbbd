import type { Caller } from "./handlers.ts";
import { verifyAssertion } from "./oidc/verify-assertion.ts";

/** A user of the system API, from the server's configuration. */
export interface SystemUser {
  /** `iss` and `sub` of the tokens that the user signs. */
  readonly name: string;
  /** In PEM. */
  readonly publicKey: string;
}

/** Verifies the tokens of system users. */
export interface SystemUsers {
  /** Returns the user who has signed a token. Undefined for any other token. */
  verify(bearer: string): Promise<Caller | undefined>;
}

/** `audience` returns the server's external origin. Key ids are ignored, since each user has one key. */
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
