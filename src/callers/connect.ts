import { type AuthContext, findAuthContext } from "../auth/auth-method.ts";
import type { TokenSource } from "../auth/token-source.ts";
import { createZitadel } from "../client/create-zitadel.ts";
import { describe } from "../shared/describe.ts";
import { invalidOption } from "../shared/invalid-option.ts";
import type { ResolvedVerifierOptions } from "./verifier-options.ts";

/** The connection to the instance, and how to close it. */
export interface VerifierConnection {
  readonly context: AuthContext;
  close(): Promise<void>;
}

/** A verifier calls no RPC. */
const NO_TOKENS: TokenSource = { getToken: () => Promise.reject(new Error("A verifier has no token")) };

/** Uses a client's connection or creates one. Connects at the first request. */
export function connect({ zitadel, instance, clock }: ResolvedVerifierOptions): VerifierConnection {
  const own =
    zitadel === undefined ? createZitadel({ ...instance, auth: NO_TOKENS, services: {} }) : undefined;
  const context = findAuthContext(own ?? zitadel);
  if (context === undefined) throw invalidOption("zitadel", describe(zitadel), "a client of createZitadel()");
  return { context: { ...context, clock }, close: own?.close ?? (async () => {}) };
}
