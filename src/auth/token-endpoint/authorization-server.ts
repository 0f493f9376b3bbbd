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

/** How to make requests on behalf of a user or client. */
export interface PreparedRequest {
  /** Identifies the credential: only one that has not worked yet gets time to become known to the server. */
  readonly credentialId: string;
  /** The key or secret of the credential. */
  readonly secret: string | KeyObject;
  /** Creates the request of each attempt: an assertion contains the issuer and the server's time. */
  readonly makeRequest: (issuer: string, now: number) => TokenRequest | Promise<TokenRequest>;
}

/** Options of a request with a credential. */
export interface CredentialRequestOptions extends PreparedRequest {
  readonly signal: AbortSignal;
}

/** Options of a token request. */
export interface TokenRequestOptions extends CredentialRequestOptions {
  /** What is requested, and for whom, without assertions. Different parameters mean a different token. */
  readonly parameters: TokenParameters;
  /** The current token. */
  readonly current: AccessToken | undefined;
}

/** The instance in its role as authorization server: its issuer, clock and endpoints. */
export class AuthorizationServer {
  readonly #context: AuthContext;
  readonly #localClock: Clock;
  readonly #http: ServerHttp;
  readonly #newCredential: NewCredential;
  #issuer: Issuer;
  /** Whether discovery has confirmed the issuer since the last success, so that a refusal has another reason. */
  #confirmed = false;

  /** Default for `issuer`: the usual one. */
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

  /** Starts connecting while a request is being prepared. */
  warmUp(): void {
    this.#context.warmUp?.();
  }

  /** Obtains a token, see {@link request}, or takes one that another process has obtained for the same use. */
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
    // The lifetime began no earlier than when the request was sent.
    return { token, expiresAt: this.#localClock.now() - elapsedMs + expiresInMs };
  }

  /**
   * Makes a request to an endpoint, normally just one. It is repeated immediately if the clocks differ by more than an
   * assertion allows, or if discovery names an unexpected issuer or endpoint; and for about two seconds if the credential
   * may be too new to be known.
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

  /** Whether discovery names a different issuer or endpoint, which is used from now on. */
  async #learnIssuer(signal: AbortSignal): Promise<boolean> {
    if (this.#confirmed) return false;
    const before = this.#issuer;
    try {
      await this.discover(signal);
    } catch {
      // The refusal that led here is more informative.
      return false;
    }
    this.#confirmed = true;
    return this.#issuer !== before;
  }

  /** Gets the issuer and endpoints from the instance, and uses them from now on. */
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

  /** Gets the instance's public keys (RFC 7517 section 5), unmodified. */
  getKeys(signal: AbortSignal): Promise<Record<string, unknown>> {
    return this.#http.get(this.#issuer.jwksUri, { action: "Key request", signal }, parseJson);
  }

  /** Makes a request to learn the server's time. */
  async learnTime(signal: AbortSignal): Promise<void> {
    const url = `${this.#context.origin}${DISCOVERY_PATH}`;
    const action = "Discovery request";
    const context = { endpoint: url, action, secrets: [], hasWorked: false, hasAssertion: false };
    await this.#http.send({ method: "GET", url, signal }, context);
  }
}
