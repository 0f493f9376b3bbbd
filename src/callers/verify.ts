import { AuthError } from "../auth/auth-error.ts";
import type { AuthContext } from "../auth/auth-method.ts";
import { AuthorizationServer } from "../auth/token-endpoint/authorization-server.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";
import { Introspector } from "./introspection.ts";
import { isJwt, verifyJwt } from "./jwt.ts";
import { KeySet } from "./key-set.ts";
import type { ResolvedVerifierOptions } from "./verifier-options.ts";

/** How long a credential from a file or a secret store is reused, instead of being loaded for every request. */
const CREDENTIAL_REUSE_MS = 5_000;

type Verify = (token: string) => Promise<Caller>;

/** Verifies tokens: JWTs as the options say, others by introspection. Rejects with a CallerError. */
export function createVerify(options: ResolvedVerifierOptions, context: AuthContext): Verify {
  const server = new AuthorizationServer(context, options.issuer);
  const verifyLocally = options.jwt === "local" ? localVerify(options, server) : undefined;
  const prepare = options.bindClient?.(context, { server, reuseMs: CREDENTIAL_REUSE_MS });
  const introspector = prepare && new Introspector({ ...options, server, prepare });
  const introspect: Verify | undefined = introspector && ((token) => introspector.verify(token));
  return async (token) => {
    const verify = isJwt(token) ? (verifyLocally ?? introspect) : introspect;
    if (verify === undefined) throw new CallerError("opaque_token");
    try {
      return await verify(token);
    } catch (cause) {
      // Without a response from the instance, nobody is let in.
      if (!(cause instanceof AuthError)) throw cause;
      throw new CallerError("unreachable", { cause, retryAfterMs: cause.retryAfterMs });
    }
  };
}

function localVerify(options: ResolvedVerifierOptions, server: AuthorizationServer): Verify {
  const { projectId = "", clockToleranceMs, clock, issuer, timeoutMs } = options;
  const keySet = new KeySet({ server, issuer, clock, timeoutMs });
  return (token) => verifyJwt(token, { keySet, clock: server.clock, projectId, clockToleranceMs });
}
