import { AuthError, type AuthErrorCode } from "../auth/auth-error.ts";
import type { AuthorizationServer } from "../auth/token-endpoint/authorization-server.ts";
import type { PrepareAsClient } from "../auth/token-endpoint/client-authentication.ts";
import { INTROSPECTION_ENDPOINT, type IntrospectionResponse } from "../auth/token-endpoint/endpoint.ts";
import type { Timed } from "../auth/token-endpoint/server-http.ts";
import type { Clock } from "../shared/clock.ts";
import { SingleFlight } from "../shared/single-flight.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";
import { toCaller } from "./claims.ts";
import { hashToken, ResponseCache } from "./response-cache.ts";
import { withTimeout } from "./with-timeout.ts";

/** A refused credential is not tried again for this long. Otherwise, every incoming request would try it. */
const REFUSED_MS = 5_000;

/** What introspection needs. */
export interface IntrospectorOptions {
  readonly server: AuthorizationServer;
  readonly prepare: PrepareAsClient;
  readonly projectId: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
}

/**
 * Verifies tokens by introspection (RFC 7662). An active response is reused for the same token for a while, but never
 * after the token expires; each token has at most one request in flight. An inactive response is not kept: Zitadel also
 * sends it when its database fails.
 */
export class Introspector {
  readonly #options: IntrospectorOptions;
  readonly #cache: ResponseCache<Caller>;
  readonly #running = new Map<string, SingleFlight<Caller>>();
  #refusal: { readonly error: CallerError; readonly until: number } | undefined;

  constructor(options: IntrospectorOptions) {
    this.#options = options;
    this.#cache = new ResponseCache(options.maxEntries);
  }

  /** Returns the caller that an active token identifies. */
  async verify(token: string): Promise<Caller> {
    const key = hashToken(token);
    const { clock, server } = this.#options;
    const known = this.#cache.get(key, clock.monotonic());
    if (known !== undefined && !hasExpired(known, server.clock.now())) return known;
    const running = this.#running.get(key) ?? new SingleFlight(clock);
    this.#running.set(key, running);
    return await running.run(() => this.#introspect(key, token).finally(() => this.#running.delete(key)));
  }

  async #introspect(key: string, token: string): Promise<Caller> {
    const { clock, server, projectId, maxAgeMs } = this.#options;
    if (this.#refusal !== undefined && clock.monotonic() < this.#refusal.until) throw this.#refusal.error;
    const { value: response, elapsedMs } = await this.#request(token);
    const { active, ...claims } = response;
    if (!active || typeof claims["sub"] !== "string") throw new CallerError("inactive");
    const caller = toCaller(claims, { verifiedBy: "introspection", projectId });
    if (hasExpired(caller, server.clock.now())) throw new CallerError("expired");
    if (projectId !== undefined && !caller.audience.includes(projectId)) {
      throw new CallerError("wrong_audience");
    }
    // The response may describe the moment when the request was sent, so its age counts from there.
    if (maxAgeMs > 0) this.#cache.set(key, caller, clock.monotonic() - elapsedMs + maxAgeMs);
    return caller;
  }

  async #request(token: string): Promise<Timed<IntrospectionResponse>> {
    const { clock, timeoutMs } = this.#options;
    try {
      return await withTimeout(clock, timeoutMs, async (signal) => this.#requestAsClient(token, signal));
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const error = new CallerError("introspection_refused", { cause });
      this.#refusal = { error, until: clock.monotonic() + REFUSED_MS };
      throw error;
    }
  }

  /** A refused credential may have been replaced since it was loaded. A new one is tried at once. */
  async #requestAsClient(token: string, signal: AbortSignal): Promise<Timed<IntrospectionResponse>> {
    const { server, prepare } = this.#options;
    const prepared = await prepare({ token });
    try {
      return await server.request(INTROSPECTION_ENDPOINT, { ...prepared, signal });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const reloaded = await prepare({ token }, true);
      if (reloaded.credentialId === prepared.credentialId) throw error;
      return await server.request(INTROSPECTION_ENDPOINT, { ...reloaded, signal });
    }
  }
}

/** Without tolerance: caching must not extend the life of a token. */
function hasExpired({ expiresAt }: Caller, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}

const REFUSALS: ReadonlySet<AuthErrorCode> = new Set([
  "unauthorized_client",
  "invalid_client",
  "invalid_request",
  "invalid_grant",
  "refused",
  "invalid_credential",
]);

function isRefusal(error: unknown): error is AuthError {
  return error instanceof AuthError && REFUSALS.has(error.code);
}
