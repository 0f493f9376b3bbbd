import type { AuthContext } from "../auth/auth-method.ts";

/** By client: what it lends to whatever else asks its instance for tokens, or about them. */
const contexts = new WeakMap<object, AuthContext>();

/** Remembers how a client reaches its instance, apart from what users see of it. */
export function setAuthContext(zitadel: object, context: AuthContext): void {
  contexts.set(zitadel, context);
}

/** How a client reaches its instance. */
export function findAuthContext(zitadel: unknown): AuthContext | undefined {
  return typeof zitadel === "object" && zitadel !== null ? contexts.get(zitadel) : undefined;
}
