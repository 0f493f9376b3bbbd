import type { KeyObject } from "node:crypto";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";
import { obtainShared } from "../store/shared-token.ts";
import type { AccessToken } from "../token-source.ts";
import { BACKDATE_MS } from "./assertion.ts";
import { type Endpoint, TOKEN_ENDPOINT } from "./endpoint.ts";
import { DISCOVERY_PATH, expectedIssuer, type Issuer, isSameIssuer, parseDiscovery } from "./issuer.ts";
import { NewCredential } from "./new-credential.ts";
import { parseJson, type ResponseContext } from "./response-error.ts";
import type { ServerClock } from "./server-http.ts";
import { ServerHttp, type Timed } from "./server-http.ts";
import {
  hasAssertion,
  isElsewhere,
  isRefusedAssertion,
  secretsIn,
  type TokenParameters,
  type TokenRequest,
  toForm,
} from "./token-request.ts";

/** How to make requests as a user or client. */
export interface PreparedRequest {
  /** The same for the same credential: one that has worked before is not given time to become known. */
  readonly credentialId: string;
  /** The key or secret of the credential. */
  readonly secret: string | KeyObject;
  /** Makes the request of each attempt: an assertion names the issuer, and goes by the server's time. */
  readonly makeRequest: (issuer: string, now: number) => TokenRequest | Promise<TokenRequest>;
}

/** How to request what needs a credential. */
export interface CredentialRequestOptions extends PreparedRequest {
  readonly signal: AbortSignal;
}

/** How to request a token. */
export interface TokenRequestOptions extends CredentialRequestOptions {
  /** What is requested, and for whom, without assertions: another token where it differs. */
  readonly parameters: TokenParameters;
  /** The token in use until now. */
  readonly current: AccessToken | undefined;
}

/** The instance in its role as authorization server: where it is, what time it has, and its endpoints. */
export class AuthorizationServer {
  readonly #context: AuthContext;
  readonly #localClock: Clock;
  readonly #http: ServerHttp;
  readonly #newCredential: NewCredential;
  #issuer: Issuer;
  /** Discovery has confirmed the issuer since the last success: what is refused now is not refused because of it. */
  #confirmed = false;

  /** `issuer` is for those who know it. Default: what it is as a rule. */
  constructor(context: AuthContext, issuer?: string | undefined) {
    this.#context = context;
    this.#localClock = context.clock ?? systemClock;
    this.#http = new ServerHttp(context);
    this.#newCredential = new NewCredential(this.#localClock, context.onEvent);
    const expected = expectedIssuer(context);
    this.#issuer = { ...expected, issuer: issuer ?? expected.issuer };
  }

  get clock(): ServerClock {
    return this.#http.clock;
  }

  /** Begins to connect, so that a request that takes a moment to prepare need not wait for it. */
  warmUp(): void {
    this.#context.warmUp?.();
  }

  /** Obtains a token, see {@link request}, or takes what another process has obtained for the same use. */
  requestToken(options: TokenRequestOptions): Promise<AccessToken> {
    const { tokenStore: store, origin, instanceHost, onEvent } = this.#context;
    const request = (): Promise<AccessToken> => this.#requestToken(options);
    if (store === undefined) return request();
    const { secret, parameters, current, signal } = options;
    const binding = { secret, context: [origin, instanceHost, parameters] };
    const sharing = { store, clock: this.#localClock, onEvent };
    return obtainShared(sharing, { binding, current, signal, request });
  }

  async #requestToken(options: TokenRequestOptions): Promise<AccessToken> {
    const { value, elapsedMs } = await this.request(TOKEN_ENDPOINT, options);
    const { token, expiresInMs } = value;
    if (expiresInMs === undefined) return { token };
    // The lifetime began, at the earliest, when the request left.
    return { token, expiresAt: this.#localClock.now() - elapsedMs + expiresInMs };
  }

  /**
   * Obtains what an endpoint gives with one request, as a rule. It is repeated at once if the refusal tells why: if the
   * clocks differ by more than an assertion allows for, or if discovery names another issuer or endpoint than was
   * expected; and for about two seconds with a credential that may be too new to be known.
   */
  request<T>(endpoint: Endpoint<T>, options: CredentialRequestOptions): Promise<Timed<T>> {
    const { credentialId, signal } = options;
    const attempt = (): Promise<Timed<T>> => this.#requestCorrected(endpoint, options);
    return this.#newCredential.request({ id: credentialId, refusals: endpoint.refusals, signal }, attempt);
  }

  async #requestCorrected<T>(
    endpoint: Endpoint<T>,
    { credentialId, makeRequest, signal }: CredentialRequestOptions,
  ): Promise<Timed<T>> {
    const { skewMs } = this.clock;
    let request: TokenRequest;
    const attempt = async (): Promise<Timed<T>> => {
      request = await makeRequest(this.#issuer.issuer, this.clock.now());
      return this.#send(endpoint, request, this.#newCredential.hasWorked(credentialId), signal);
    };
    const isRefused = (error: unknown): boolean => isRefusedAssertion(error, request, endpoint.refusals);
    const wasMistimed = (error: unknown): boolean =>
      isRefused(error) && Math.abs(this.clock.skewMs - skewMs) > BACKDATE_MS / 2;
    const wasMisdirected = async (error: unknown): Promise<boolean> =>
      (isElsewhere(error) || isRefused(error)) && (await this.#learnIssuer(signal));

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

  async #send<T>(
    { find, action, parse }: Endpoint<T>,
    request: TokenRequest,
    hasWorked: boolean,
    signal: AbortSignal,
  ): Promise<Timed<T>> {
    const url = find(this.#issuer);
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
    };
    const context: ResponseContext = {
      endpoint: url,
      action,
      secrets: secretsIn(request),
      hasWorked,
      hasAssertion: hasAssertion(request),
      hints: request.hints,
    };
    const sent = { method: "POST", url, headers, body: toForm(request), signal } as const;
    const response = await this.#http.request(sent, context, parse);
    this.#confirmed = false;
    return response;
  }

  /** Whether discovery names another issuer or endpoint than the one in use, which is used from now on. */
  async #learnIssuer(signal: AbortSignal): Promise<boolean> {
    if (this.#confirmed) return false;
    const before = this.#issuer;
    try {
      await this.discover(signal);
    } catch {
      // The refusal that led here says more.
      return false;
    }
    this.#confirmed = true;
    return this.#issuer !== before;
  }

  /** Asks the instance for its issuer and endpoints, which are used from now on. */
  async discover(signal: AbortSignal): Promise<Issuer> {
    const { origin, onEvent } = this.#context;
    const how = { action: "Discovery request", signal };
    const discovered = await this.#http.get(`${origin}${DISCOVERY_PATH}`, how, (response, context) =>
      parseDiscovery(response, context, origin),
    );
    if (isSameIssuer(discovered, this.#issuer)) return this.#issuer;
    this.#issuer = discovered;
    const { issuer, tokenEndpoint } = discovered;
    emit(onEvent, { type: "issuer-discovered", issuer, tokenEndpoint });
    return discovered;
  }

  /** The instance's public keys (RFC 7517 section 5), as it has sent them. */
  getKeys(signal: AbortSignal): Promise<Record<string, unknown>> {
    return this.#http.get(this.#issuer.jwksUri, { action: "Key request", signal }, parseJson);
  }

  /** Learns the server's time from any response. */
  async learnTime(signal: AbortSignal): Promise<void> {
    const url = `${this.#context.origin}${DISCOVERY_PATH}`;
    const action = "Discovery request";
    const context = { endpoint: url, action, secrets: [], hasWorked: false, hasAssertion: false };
    await this.#http.exchange({ method: "GET", url, signal }, context);
  }
}
