import { systemClock } from "../shared/clock.ts";
import type { HttpRequest, HttpResponse } from "../shared/http-client.ts";
import { redact } from "../shared/redact.ts";
import { AuthError } from "./auth-error.ts";
import type { AuthContext } from "./auth-method.ts";
import { ServerClock } from "./server-clock.ts";
import {
  type AnswerOrigin,
  answerError,
  badResponse,
  type Hints,
  readJson,
  readToken,
} from "./token-answer.ts";
import type { AccessToken } from "./token-source.ts";

const DISCOVERY_PATH = "/.well-known/openid-configuration";

/** What discovery (OpenID Connect Discovery 1.0 section 4) tells that counts here. */
export interface Discovered {
  /** The audience of assertions, exactly as the server spells it. */
  readonly issuer: string;
  /** On the client's own origin, which may be another one than the issuer's. */
  readonly tokenEndpoint: string;
}

/** One request to the token endpoint. */
export interface TokenRequest {
  readonly parameters: Readonly<Record<string, string>>;
  /** The value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** What no error may repeat, besides the assertions and tokens among the parameters. Default: nothing. */
  readonly secrets?: readonly string[] | undefined;
  readonly hints?: Hints | undefined;
}

/** The instance in its role as authorization server: where it is, what time it has, and its token endpoint. */
export class AuthorizationServer {
  readonly #context: AuthContext;
  readonly clock: ServerClock;
  #discovered: Discovered | undefined;

  constructor(context: AuthContext) {
    this.#context = context;
    this.clock = new ServerClock(context.clock ?? systemClock, context.onEvent);
  }

  /** Discovers once; again only after an error that may come of a discovery which is out of date. */
  async discover(signal: AbortSignal): Promise<Discovered> {
    this.#discovered ??= await this.#discover(signal);
    return this.#discovered;
  }

  async #discover(signal: AbortSignal): Promise<Discovered> {
    const endpoint = `${this.#context.origin}${DISCOVERY_PATH}`;
    const origin: AnswerOrigin = { endpoint, action: "Discovery request", secrets: [] };
    const response = await this.#send({ method: "GET", url: endpoint, signal }, origin);
    if (!isSuccess(response)) throw answerError(response, origin);
    const { issuer, token_endpoint: tokenEndpoint } = readJson(response, origin);
    if (typeof issuer !== "string" || issuer === "") throw badResponse(response, origin, "no issuer");
    const path = pathOf(tokenEndpoint);
    if (path === undefined) throw badResponse(response, origin, "no token_endpoint that is a URL");
    // Put together as text: resolved as a URL, a path of "//host/" would lead to another origin.
    return { issuer, tokenEndpoint: `${this.#context.origin}${path}` };
  }

  /** Asks the token endpoint once (RFC 6749 section 3.2). */
  async requestToken(request: TokenRequest, signal: AbortSignal): Promise<AccessToken> {
    const { tokenEndpoint: endpoint } = await this.discover(signal);
    const origin: AnswerOrigin = {
      endpoint,
      action: "Token request",
      secrets: secretsOf(request),
      hints: request.hints,
    };
    const clock = this.#context.clock ?? systemClock;
    const startedAt = clock.monotonic();
    const response = await this.#send(
      {
        method: "POST",
        url: endpoint,
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
        },
        body: new URLSearchParams(request.parameters).toString(),
        signal,
      },
      origin,
    );
    if (!isSuccess(response)) {
      const error = answerError(response, origin);
      if (!error.retryable) this.#discovered = undefined;
      throw error;
    }
    const { token, expiresInMs } = readToken(response, origin);
    if (expiresInMs === undefined) return { token };
    // The lifetime began, at the earliest, when the request left.
    return { token, expiresAt: clock.now() - (clock.monotonic() - startedAt) + expiresInMs };
  }

  /** Learns the server's time from any answer that it gives. */
  async learnTime(signal: AbortSignal): Promise<void> {
    const endpoint = `${this.#context.origin}${DISCOVERY_PATH}`;
    await this.#send(
      { method: "GET", url: endpoint, signal },
      { endpoint, action: "Discovery request", secrets: [] },
    );
  }

  async #send(request: HttpRequest, origin: AnswerOrigin): Promise<HttpResponse> {
    const clock = this.#context.clock ?? systemClock;
    const startedAt = clock.monotonic();
    try {
      const headers = { accept: "application/json", ...request.headers };
      const response = await this.#context.http({ ...request, headers });
      this.clock.observe(response.headers, clock.monotonic() - startedAt);
      return response;
    } catch (cause) {
      throw noAnswer(cause, request.signal, origin);
    }
  }
}

function secretsOf({ parameters, secrets = [] }: TokenRequest): string[] {
  const sent = Object.entries(parameters).flatMap(([name, value]) =>
    /(assertion|_token)$/.test(name) ? [value] : [],
  );
  return [...secrets, ...sent];
}

function pathOf(url: unknown): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).pathname : undefined;
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

function noAnswer(
  cause: unknown,
  signal: AbortSignal,
  { action, endpoint, secrets }: AnswerOrigin,
): AuthError {
  const code = signal.aborted ? "timeout" : "unreachable";
  const words = cause instanceof Error ? cause.message || ("code" in cause && String(cause.code)) : "";
  const description = words ? redact(words, secrets) : undefined;
  return new AuthError({
    code,
    summary: `${action} to ${endpoint} got no answer`,
    description,
    endpoint,
    cause,
  });
}
