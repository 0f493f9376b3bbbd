import type { AuthContext } from "../auth/auth-method.ts";

/** For each client, what it provides to other code that requests or checks tokens. */
const contexts = new WeakMap<object, AuthContext>();

/** Remembers how a client reaches its instance, hidden from users. */
export function setAuthContext(zitadel: object, context: AuthContext): void {
  contexts.set(zitadel, context);
}

/** Finds how a client reaches its instance. */
export function findAuthContext(zitadel: unknown): AuthContext | undefined {
  return typeof zitadel === "object" && zitadel !== null ? contexts.get(zitadel) : undefined;
}
