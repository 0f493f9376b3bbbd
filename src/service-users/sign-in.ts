import { AuthService } from "../../gen/zitadel/auth_pb.js";
import { AuthError } from "../auth/auth-error.ts";
import type { AuthContext } from "../auth/auth-method.ts";
import { clientCredentials } from "../auth/client-credentials.ts";
import { privateKeyJwt } from "../auth/private-key-jwt.ts";
import { isUnauthenticated } from "../errors/guards.ts";
import type { Clock } from "../shared/clock.ts";
import { sleep } from "../shared/sleep.ts";
import type { ServiceUserManager } from "./manager.ts";

/** How a service user authenticates. */
export type CredentialMethod = "key" | "secret" | "pat";

/** A credential with everything needed to sign in. */
export type UsableCredential =
  | { readonly method: "key"; readonly content: string }
  | { readonly method: "secret"; readonly content: string; readonly clientId: string }
  | { readonly method: "pat"; readonly content: string };

/** Where and how to sign in. */
export interface SignInOptions {
  readonly zitadel: ServiceUserManager;
  readonly context: AuthContext;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** How long a new credential may be unknown, in milliseconds. Zitadel takes up to two seconds to accept it. */
const UNKNOWN_MS = 15_000;
const RETRY_MS = 250;

/** Who has signed in. */
export interface SignedIn {
  readonly userId: string;
  /** A client of that user, which works until its token expires. */
  readonly client: ServiceUserManager;
}

/**
 * Signs in with a credential and makes a call as its user. A new credential may be unknown at first, so the attempt is
 * repeated for 15 seconds.
 *
 * @throws AuthError or ZitadelError if the credential is refused
 */
export async function signIn(credential: UsableCredential, options: SignInOptions): Promise<SignedIn> {
  const { clock, signal } = options;
  for (const since = clock.monotonic(); ; await sleep(clock, RETRY_MS, signal)) {
    try {
      return await tryToSignIn(credential, options);
    } catch (error) {
      if (!isRefusal(error) || clock.monotonic() - since >= UNKNOWN_MS) throw error;
    }
  }
}

/** Whether a credential was refused, as opposed to a server that cannot check it right now. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AuthError) return REFUSALS.has(error.code);
  return isUnauthenticated(error);
}

/** The token endpoint's errors for keys and secrets that it does not know (yet). */
const REFUSALS: ReadonlySet<string> = new Set(["invalid_grant", "invalid_request", "invalid_client"]);

/** Like `signIn()`, but tries only once. */
export async function tryToSignIn(
  credential: UsableCredential,
  { zitadel, context, clock, signal }: SignInOptions,
): Promise<SignedIn> {
  const token = await obtainToken(credential, { ...context, clock, tokenStore: undefined }, signal);
  const client = zitadel.withHeaders({ authorization: `Bearer ${token}` });
  const { user } = await client.client(AuthService).getMyUser({}, { signal });
  return { userId: user?.id ?? "", client };
}

/** Requests a new token: one shared between processes would prove nothing. */
async function obtainToken(
  credential: UsableCredential,
  context: AuthContext,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (credential.method === "pat") return credential.content.trim();
  const method =
    credential.method === "key"
      ? privateKeyJwt({ key: credential.content })
      : clientCredentials({ clientId: credential.clientId, clientSecret: credential.content.trim() });
  return (await method(context).getToken({ signal })).token;
}
