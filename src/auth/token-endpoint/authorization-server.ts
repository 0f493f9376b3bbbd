import { type Clock, systemClock } from "../../shared/clock.ts";
import { HttpError, type HttpRequest, type HttpResponse } from "../../shared/http-client.ts";
import { redact } from "../../shared/redact.ts";
import { AuthError } from "../auth-error.ts";
import { emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";
import type { AccessToken } from "../token-source.ts";
import { BACKDATE_MS } from "./assertion.ts";
import { DISCOVERY_PATH, parseDiscovery } from "./discovery.ts";
import { expectedIssuer, type Issuer } from "./issuer.ts";
import { NewCredential } from "./new-credential.ts";
import { isSuccess, type ResponseContext, toAuthError } from "./response-error.ts";
import { ServerClock } from "./server-clock.ts";
import {
  hasAssertion,
  isElsewhere,
  isRefusedAssertion,
  secretsIn,
  type TokenRequest,
  toForm,
} from "./token-request.ts";
import { parseToken } from "./token-response.ts";

/** How to request a token. */
export interface TokenRequestOptions {
  /** The same for the same credential: one that has worked before is not given time to become known. */
  readonly credentialId: string;
  /** Makes the request of each attempt: an assertion names the issuer, and goes by the server's time. */
  readonly makeRequest: (issuer: string, now: number) => TokenRequest | Promise<TokenRequest>;
  readonly signal: AbortSignal;
}

/** The instance in its role as authorization server: where it is, what time it has, and its token endpoint. */
export class AuthorizationServer {
  readonly clock: ServerClock;
  readonly #context: AuthContext;
  readonly #localClock: Clock;
  readonly #newCredential: NewCredential;
  #issuer: Issuer;
  /** Discovery has confirmed the issuer since the last token: what is refused now is not refused because of it. */
  #confirmed = false;

  /** `issuer` is for those who know it. Default: what it is as a rule. */
  constructor(context: AuthContext, issuer?: string | undefined) {
    this.#context = context;
    this.#localClock = context.clock ?? systemClock;
    this.clock = new ServerClock(this.#localClock, context.onEvent);
    this.#newCredential = new NewCredential(this.#localClock, context.onEvent);
    const expected = expectedIssuer(context);
    this.#issuer = { ...expected, issuer: issuer ?? expected.issuer };
  }

  /** Begins to connect, so that a request that takes a moment to prepare need not wait for it. */
  warmUp(): void {
    this.#context.warmUp?.();
  }

  /**
   * Obtains a token with one request, as a rule. It is repeated at once if the refusal tells why: if the clocks differ
   * by more than an assertion allows for, or if discovery names another issuer or endpoint than was expected; and for
   * about two seconds with a credential that may be too new to be known.
   */
  requestToken(options: TokenRequestOptions): Promise<AccessToken> {
    const { credentialId, signal } = options;
    return this.#newCredential.request(credentialId, signal, () => this.#requestCorrected(options));
  }

  async #requestCorrected({ credentialId, makeRequest, signal }: TokenRequestOptions): Promise<AccessToken> {
    const { skewMs } = this.clock;
    let request: TokenRequest;
    const attempt = async (): Promise<AccessToken> => {
      request = await makeRequest(this.#issuer.issuer, this.clock.now());
      return this.#send(request, this.#newCredential.hasWorked(credentialId), signal);
    };
    const wasMistimed = (error: unknown): boolean =>
      isRefusedAssertion(error, request) && Math.abs(this.clock.skewMs - skewMs) > BACKDATE_MS / 2;
    const wasMisdirected = async (error: unknown): Promise<boolean> =>
      (isElsewhere(error) || isRefusedAssertion(error, request)) && (await this.#learnIssuer(signal));

    return attempt()
      .catch(async (error: unknown) => {
        if (wasMistimed(error)) return attempt();
        throw error;
      })
      .catch(async (error: unknown) => {
        if (await wasMisdirected(error)) return attempt();
        throw error;
      });
  }

  async #send(request: TokenRequest, hasWorked: boolean, signal: AbortSignal): Promise<AccessToken> {
    const { tokenEndpoint: endpoint } = this.#issuer;
    const context: ResponseContext = {
      endpoint,
      action: "Token request",
      secrets: secretsIn(request),
      hasWorked,
      hasAssertion: hasAssertion(request),
      hints: request.hints,
    };
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
    };
    const body = toForm(request);
    const startedAt = this.#localClock.monotonic();
    const response = await this.#exchange({ method: "POST", url: endpoint, headers, body, signal }, context);
    if (!isSuccess(response)) throw toAuthError(response, context);
    const { token, expiresInMs } = parseToken(response, context);
    this.#confirmed = false;
    if (expiresInMs === undefined) return { token };
    // The lifetime began, at the earliest, when the request left.
    const elapsedMs = this.#localClock.monotonic() - startedAt;
    return { token, expiresAt: this.#localClock.now() - elapsedMs + expiresInMs };
  }

  /** Whether discovery names another issuer or endpoint than the one in use, which is used from now on. */
  async #learnIssuer(signal: AbortSignal): Promise<boolean> {
    if (this.#confirmed) return false;
    let discovered: Issuer;
    try {
      discovered = parseDiscovery(...(await this.#requestDiscovery(signal)), this.#context.origin);
    } catch {
      // The refusal that led here says more.
      return false;
    }
    this.#confirmed = true;
    const { issuer, tokenEndpoint } = discovered;
    if (issuer === this.#issuer.issuer && tokenEndpoint === this.#issuer.tokenEndpoint) return false;
    this.#issuer = discovered;
    emit(this.#context.onEvent, { type: "issuer-discovered", issuer, tokenEndpoint });
    return true;
  }

  /** Learns the server's time from any response. */
  async learnTime(signal: AbortSignal): Promise<void> {
    await this.#requestDiscovery(signal);
  }

  async #requestDiscovery(signal: AbortSignal): Promise<[response: HttpResponse, context: ResponseContext]> {
    const endpoint = `${this.#context.origin}${DISCOVERY_PATH}`;
    const context = {
      endpoint,
      action: "Discovery request",
      secrets: [],
      hasWorked: false,
      hasAssertion: false,
    };
    return [await this.#exchange({ method: "GET", url: endpoint, signal }, context), context];
  }

  async #exchange(request: HttpRequest, context: ResponseContext): Promise<HttpResponse> {
    const startedAt = this.#localClock.monotonic();
    try {
      const headers = { accept: "application/json", ...request.headers };
      const response = await this.#context.http({ ...request, headers });
      this.clock.observe(response.headers, this.#localClock.monotonic() - startedAt);
      return response;
    } catch (cause) {
      throw noResponse(cause, request.signal, context);
    }
  }
}

function noResponse(
  cause: unknown,
  signal: AbortSignal,
  { action, endpoint, secrets }: ResponseContext,
): AuthError {
  const words = cause instanceof Error ? cause.message || ("code" in cause && String(cause.code)) : "";
  return new AuthError({
    code: signal.aborted ? "timeout" : "unreachable",
    summary: `${action} to ${endpoint} got no response`,
    description: words ? redact(words, secrets) : undefined,
    endpoint,
    retryable: signal.aborted || !(cause instanceof HttpError) || cause.retryable,
    cause,
  });
}
