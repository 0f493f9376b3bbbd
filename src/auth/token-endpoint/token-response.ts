import type { HttpResponse } from "../../shared/http-client.ts";
import { badResponse, foreignResponse, parseObject, type ResponseContext } from "./response-error.ts";

/** The fields of a successful response that count (RFC 6749 section 5.1). */
export interface TokenResponse {
  readonly token: string;
  /** Absent where the server does not tell. */
  readonly expiresInMs?: number | undefined;
}

const MAX_LIFETIME_S = 2 ** 31 - 1;

/** Reads a successful response of the token endpoint. */
export function parseToken(response: HttpResponse, context: ResponseContext): TokenResponse {
  const body = parseJson(response, context);
  const { access_token: token, token_type: type } = body;
  if (typeof token !== "string" || token === "") throw badResponse(response, context, "no access_token");
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw badResponse(response, context, "an access_token with odd characters");
  }
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") {
    throw badResponse(response, context, "a token_type other than Bearer");
  }
  const expiresInS = toSeconds(body["expires_in"]);
  if (expiresInS === undefined) return { token };
  if (expiresInS <= 0) throw badResponse(response, context, "a token that has already expired");
  return { token, expiresInMs: Math.min(expiresInS, MAX_LIFETIME_S) * 1_000 };
}

/** Seconds, also where they come as a string. Undefined where they are missing or no number. */
function toSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && !Number.isNaN(seconds) ? seconds : undefined;
}

/** Reads a JSON object, whatever responded. */
export function parseJson(response: HttpResponse, context: ResponseContext): Record<string, unknown> {
  const body = parseObject(response.text);
  if (body !== undefined) return body;
  throw foreignResponse(response, context);
}
