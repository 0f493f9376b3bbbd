import type { HttpResponse } from "../../shared/http-client.ts";
import { redact } from "../../shared/redact.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import { AuthError, type AuthErrorCode, type AuthErrorInit } from "../auth-error.ts";

/** Hints of an authentication method for its errors. A function gets the server's explanation. */
export type Hints = Partial<Readonly<Record<AuthErrorCode, string | HintFor>>>;

type HintFor = (error: Pick<AuthErrorInit, "description">) => string;

/** The request that a response belongs to, for its error. */
export interface ResponseContext {
  readonly endpoint: string;
  /** What was requested, as the start of a sentence: "Token request". */
  readonly action: string;
  /** Secrets in the request, which no error may contain. */
  readonly secrets: readonly string[];
  /** Whether this server has issued a token for this credential before: then an odd response may be temporary. */
  readonly hasWorked: boolean;
  /** Whether the request contained an assertion. */
  readonly hasAssertion: boolean;
  readonly hints?: Hints | undefined;
}

/** How long callers wait for an error that may be a configuration mistake rather than temporary. */
const DOUBTFUL_MAX_WAIT_MS = 5_000;
const OAUTH_CODES: ReadonlySet<string> = new Set<AuthErrorCode>([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
]);

/** Whether the status is 2xx. */
export function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

/** The error for any status other than 2xx. `now` is the wall-clock time. */
export function toAuthError(response: HttpResponse, context: ResponseContext, now: number): AuthError {
  const { status } = response;
  if (status >= 300 && status < 400) return createError(response, context, { code: "redirected" });
  const body = parseObject(response.text);
  const oauthError = readOauthError(body, context);
  const code = toCode(response, oauthError);
  return createError(response, context, {
    code,
    oauthError,
    description: readDescription(response, body, context),
    retryAfterMs: retryAfterMs(response.headers, now),
    ...(code === "bad_response" && body === undefined ? foreignBody(response, context) : {}),
    ...(code === "server_error" && oauthError !== undefined ? ownFailure(context) : {}),
  });
}

function toCode({ status, text, headers }: HttpResponse, oauthError: string | undefined): AuthErrorCode {
  const plain = headers.get("content-type")?.startsWith("text/plain") === true;
  if (status === 429) return plain && text.includes("is blocked") ? "instance_blocked" : "rate_limited";
  if (status >= 500 || status === 408) return "server_error";
  if (oauthError === "server_error" || oauthError === "temporarily_unavailable") return "server_error";
  if (status === 404 && plain && /instance/i.test(text)) return "unknown_instance";
  if (oauthError === undefined) return "bad_response";
  return OAUTH_CODES.has(oauthError) ? (oauthError as AuthErrorCode) : "refused";
}

/**
 * Whether to retry when something else has responded in place of the server. If the server was there before, or the status
 * is 2xx, it is probably a proxy whose upstream is temporarily gone.
 */
function foreignBody(
  response: HttpResponse,
  { hasWorked }: ResponseContext,
): Pick<AuthErrorInit, "retryable" | "maxWaitMs"> {
  if (hasWorked) return { retryable: true };
  return isSuccess(response) ? { retryable: true, maxWaitMs: DOUBTFUL_MAX_WAIT_MS } : {};
}

/** Zitadel 4.10 reports a refused assertion as a server error. */
function ownFailure({ hasWorked, hasAssertion }: ResponseContext): Pick<AuthErrorInit, "maxWaitMs"> {
  return hasAssertion && !hasWorked ? { maxWaitMs: DOUBTFUL_MAX_WAIT_MS } : {};
}

function readOauthError(
  body: Record<string, unknown> | undefined,
  { secrets }: ResponseContext,
): string | undefined {
  const error = body?.["error"];
  if (typeof error !== "string") return undefined;
  const clean = redact(error, secrets);
  return /^[\w.:/-]{1,100}$/.test(clean) ? clean : "[redacted]";
}

/** The server's explanation: OAuth's, or that of Zitadel's plain text responses. HTML pages explain nothing. */
function readDescription(
  response: HttpResponse,
  body: Record<string, unknown> | undefined,
  { secrets }: ResponseContext,
): string | undefined {
  const words = body?.["error_description"] ?? (body === undefined ? response.text : undefined);
  if (typeof words !== "string" || words.trim() === "" || words.trimStart().startsWith("<")) return undefined;
  return redact(words, secrets);
}

/** The error for a response with `what`. Does not contain its text: a successful response may contain a token. */
export function badResponse(
  response: HttpResponse,
  context: ResponseContext,
  what: string,
  more: Pick<AuthErrorInit, "retryable" | "maxWaitMs"> = {},
): AuthError {
  return createError(response, context, { code: "bad_response", ...more }, what);
}

function createError(
  response: HttpResponse,
  { action, endpoint, hints }: ResponseContext,
  init: Omit<AuthErrorInit, "summary" | "hint">,
  content?: string,
): AuthError {
  const outcome =
    content === undefined
      ? `was refused with HTTP ${response.status}`
      : `ended with HTTP ${response.status} and ${content}`;
  // The method's hints do not apply to a failure of a proxy.
  const foreign = init.code === "server_error" && init.oauthError === undefined;
  const hint = foreign ? undefined : hints?.[init.code];
  return new AuthError({
    ...init,
    summary: `${action} to ${endpoint} ${outcome}`,
    status: response.status,
    endpoint,
    hint: typeof hint === "function" ? hint(init) : hint,
  });
}

/** The error for a response that is not a JSON object. */
export function foreignResponse(response: HttpResponse, context: ResponseContext): AuthError {
  return badResponse(response, context, describeBody(response), foreignBody(response, context));
}

function describeBody({ text }: HttpResponse): string {
  if (text.trim() === "") return "an empty body";
  return text.trimStart().startsWith("<") ? "a page of HTML" : "a body that is not a JSON object";
}

/** Parses a JSON object; undefined if the text is not one. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses the body as a JSON object. Fails if it is not one. */
export function parseJson(response: HttpResponse, context: ResponseContext): Record<string, unknown> {
  const body = parseObject(response.text);
  if (body !== undefined) return body;
  throw foreignResponse(response, context);
}
