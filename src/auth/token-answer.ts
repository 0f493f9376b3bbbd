import type { HttpResponse } from "../shared/http-client.ts";
import { redact } from "../shared/redact.ts";
import { retryAfterMs } from "../shared/retry-after.ts";
import { AuthError, type AuthErrorCode, type AuthErrorInit } from "./auth-error.ts";

/** Hints that an authentication method has for the errors it may meet. */
export type Hints = Partial<Readonly<Record<AuthErrorCode, string>>>;

/** Where an answer came from, for the error that it may become. */
export interface AnswerOrigin {
  readonly endpoint: string;
  /** What was asked for, as the beginning of a sentence: "Token request". */
  readonly action: string;
  /** What the request held and no error may repeat. */
  readonly secrets: readonly string[];
  readonly hints?: Hints | undefined;
}

/** The fields of a successful answer that count (RFC 6749 section 5.1). */
export interface TokenAnswer {
  readonly token: string;
  /** Absent where the server does not tell. */
  readonly expiresInMs?: number | undefined;
}

const MAX_LIFETIME_S = 2 ** 31 - 1;
const OAUTH_CODES: ReadonlySet<string> = new Set<AuthErrorCode>([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
]);

/** Reads a 200 of the token endpoint. */
export function readToken(response: HttpResponse, origin: AnswerOrigin): TokenAnswer {
  const answer = readJson(response, origin);
  const { access_token: token, token_type: type } = answer;
  if (typeof token !== "string" || token === "") throw badResponse(response, origin, "no access_token");
  if (!/^[\x21-\x7e]+$/.test(token))
    throw badResponse(response, origin, "an access_token with odd characters");
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") {
    throw badResponse(response, origin, "a token_type other than Bearer");
  }
  const expiresInS = lifetimeOf(answer["expires_in"]);
  if (expiresInS === undefined) return { token };
  if (expiresInS <= 0) throw badResponse(response, origin, "a token that has already expired");
  return { token, expiresInMs: Math.min(expiresInS, MAX_LIFETIME_S) * 1_000 };
}

/** Seconds, also where they come as a string. Undefined where they are missing or no number. */
function lifetimeOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && !Number.isNaN(seconds) ? seconds : undefined;
}

/** Reads a JSON object, whatever answered. */
export function readJson(response: HttpResponse, origin: AnswerOrigin): Record<string, unknown> {
  const answer = parseObject(response.text);
  if (answer === undefined) throw badResponse(response, origin, kindOf(response));
  return answer;
}

/** The error for any status but 2xx. */
export function answerError(response: HttpResponse, origin: AnswerOrigin): AuthError {
  const { status } = response;
  if (status >= 300 && status < 400) return errorOf(response, origin, { code: "redirected" });
  const body = parseObject(response.text);
  const oauthError = oauthErrorOf(body, origin);
  const description = descriptionOf(response, body, origin);
  const code = codeOf(response, oauthError);
  const retryInMs = retryAfterMs(response.headers, Date.now());
  return errorOf(response, origin, { code, oauthError, description, retryAfterMs: retryInMs });
}

function codeOf({ status, text, headers }: HttpResponse, oauthError: string | undefined): AuthErrorCode {
  const plain = headers.get("content-type")?.startsWith("text/plain") === true;
  if (status === 429) return plain && text.includes("is blocked") ? "instance_blocked" : "rate_limited";
  if (status >= 500 || status === 408) return "server_error";
  if (oauthError === "server_error" || oauthError === "temporarily_unavailable") return "server_error";
  if (status === 404 && plain && /instance/i.test(text)) return "unknown_instance";
  if (oauthError === undefined) return "bad_response";
  return OAUTH_CODES.has(oauthError) ? (oauthError as AuthErrorCode) : "refused";
}

function oauthErrorOf(body: Record<string, unknown> | undefined, origin: AnswerOrigin): string | undefined {
  const error = body?.["error"];
  if (typeof error !== "string") return undefined;
  const clean = redact(error, origin.secrets);
  return /^[\w.:/-]{1,100}$/.test(clean) ? clean : "[redacted]";
}

/** The server's words: OAuth's, or those of Zitadel's plain text answers. Pages of HTML say nothing to a reader. */
function descriptionOf(
  response: HttpResponse,
  body: Record<string, unknown> | undefined,
  origin: AnswerOrigin,
): string | undefined {
  const words = body?.["error_description"] ?? (body === undefined ? response.text : undefined);
  if (typeof words !== "string" || words.trim() === "" || words.trimStart().startsWith("<")) return undefined;
  return redact(words, origin.secrets);
}

/** The error for an answer that holds `what`. Its text is left out: a success may hold a token. */
export function badResponse(response: HttpResponse, origin: AnswerOrigin, what: string): AuthError {
  return errorOf(response, origin, { code: "bad_response", description: undefined }, ` and brought ${what}`);
}

function errorOf(
  response: HttpResponse,
  origin: AnswerOrigin,
  init: Omit<AuthErrorInit, "summary" | "hint">,
  more = "",
): AuthError {
  const ended = more === "" ? "was refused with" : "ended with";
  return new AuthError({
    ...init,
    summary: `${origin.action} to ${origin.endpoint} ${ended} HTTP ${response.status}${more}`,
    status: response.status,
    endpoint: origin.endpoint,
    hint: origin.hints?.[init.code],
  });
}

function kindOf({ text }: HttpResponse): string {
  if (text.trim() === "") return "an empty body";
  return text.trimStart().startsWith("<") ? "a page of HTML" : "a body that is no JSON object";
}

function parseObject(text: string): Record<string, unknown> | undefined {
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
