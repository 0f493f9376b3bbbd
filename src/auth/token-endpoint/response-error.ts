import type { HttpResponse } from "../../shared/http-client.ts";
import { redact } from "../../shared/redact.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";
import { AuthError, type AuthErrorCode, type AuthErrorInit } from "../auth-error.ts";

/** Hints that an authentication method has for the errors it may meet; a function is passed the server's words. */
export type Hints = Partial<Readonly<Record<AuthErrorCode, string | HintFor>>>;

type HintFor = (error: Pick<AuthErrorInit, "description">) => string;

/** The request that a response belongs to, for the error that the response may become. */
export interface ResponseContext {
  readonly endpoint: string;
  /** What was requested, as the beginning of a sentence: "Token request". */
  readonly action: string;
  /** What the request held and no error may repeat. */
  readonly secrets: readonly string[];
  /** Whether this server has issued a token for this credential before: then what is odd now may pass. */
  readonly hasWorked: boolean;
  /** Whether the request held an assertion. */
  readonly hasAssertion: boolean;
  readonly hints?: Hints | undefined;
}

/** How long callers wait for an error to pass that may as well be a mistake in the configuration. */
const DOUBTFUL_PATIENCE_MS = 5_000;
const OAUTH_CODES: ReadonlySet<string> = new Set<AuthErrorCode>([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
]);

/** Whether the status is one of success. */
export function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

/** The error for any status but 2xx. */
export function toAuthError(response: HttpResponse, context: ResponseContext): AuthError {
  const { status } = response;
  if (status >= 300 && status < 400) return createError(response, context, { code: "redirected" });
  const body = parseObject(response.text);
  const oauthError = readOauthError(body, context);
  const code = toCode(response, oauthError);
  return createError(response, context, {
    code,
    oauthError,
    description: readDescription(response, body, context),
    retryAfterMs: retryAfterMs(response.headers, Date.now()),
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
 * Something else has responded in the server's place. If the server has been there before, or if it responds with
 * success, it is likely a proxy whose server is away for a moment.
 */
function foreignBody(
  response: HttpResponse,
  { hasWorked }: ResponseContext,
): Pick<AuthErrorInit, "retryable" | "patienceMs"> {
  if (hasWorked) return { retryable: true };
  return isSuccess(response) ? { retryable: true, patienceMs: DOUBTFUL_PATIENCE_MS } : {};
}

/** Zitadel 4.10 responds to an assertion that it refuses as to a failure of its own. */
function ownFailure({ hasWorked, hasAssertion }: ResponseContext): Pick<AuthErrorInit, "patienceMs"> {
  return hasAssertion && !hasWorked ? { patienceMs: DOUBTFUL_PATIENCE_MS } : {};
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

/** The server's words: OAuth's, or those of Zitadel's plain text responses. Pages of HTML say nothing to a reader. */
function readDescription(
  response: HttpResponse,
  body: Record<string, unknown> | undefined,
  { secrets }: ResponseContext,
): string | undefined {
  const words = body?.["error_description"] ?? (body === undefined ? response.text : undefined);
  if (typeof words !== "string" || words.trim() === "" || words.trimStart().startsWith("<")) return undefined;
  return redact(words, secrets);
}

/** The error for a response that holds `what`. Its text is left out: a success may hold a token. */
export function badResponse(
  response: HttpResponse,
  context: ResponseContext,
  what: string,
  more: Pick<AuthErrorInit, "retryable" | "patienceMs"> = {},
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
  // Of a proxy's own failure, a method knows nothing.
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

/** Something that is no JSON object in place of a response. */
export function foreignResponse(response: HttpResponse, context: ResponseContext): AuthError {
  return badResponse(response, context, describeBody(response), foreignBody(response, context));
}

function describeBody({ text }: HttpResponse): string {
  if (text.trim() === "") return "an empty body";
  return text.trimStart().startsWith("<") ? "a page of HTML" : "a body that is no JSON object";
}

/** A JSON object, if the text is one. */
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

/** Reads a JSON object, whatever responded. */
export function parseJson(response: HttpResponse, context: ResponseContext): Record<string, unknown> {
  const body = parseObject(response.text);
  if (body !== undefined) return body;
  throw foreignResponse(response, context);
}
