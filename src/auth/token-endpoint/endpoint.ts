import type { HttpResponse } from "../../shared/http-client.ts";
import type { AuthErrorCode } from "../auth-error.ts";
import type { Issuer } from "./issuer.ts";
import { badResponse, parseJson, type ResponseContext } from "./response-error.ts";

/** An endpoint that users or clients authenticate to. */
export interface Endpoint<T> {
  readonly find: (issuer: Issuer) => string;
  /** What is requested, as the start of a sentence. */
  readonly action: string;
  /** The errors for a user, a client or an assertion that it does not know. */
  readonly refusals: readonly AuthErrorCode[];
  /** Parses a successful response. */
  readonly parse: (response: HttpResponse, context: ResponseContext) => T;
}

/** RFC 6749 section 3.2. */
export const TOKEN_ENDPOINT: Endpoint<TokenResponse> = {
  find: ({ tokenEndpoint }) => tokenEndpoint,
  action: "Token request",
  refusals: ["invalid_grant", "invalid_client"],
  parse: parseToken,
};

/** The introspection response (RFC 7662 section 2.2). */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly [claim: string]: unknown;
}

/** RFC 7662. Zitadel rejects all kinds of clients with `unauthorized_client`. */
export const INTROSPECTION_ENDPOINT: Endpoint<IntrospectionResponse> = {
  find: ({ introspectionEndpoint }) => introspectionEndpoint,
  action: "Introspection request",
  refusals: ["unauthorized_client", "invalid_client"],
  parse: (response, context) => {
    const { active, ...claims } = parseJson(response, context);
    if (typeof active === "boolean") return { active, ...claims };
    throw badResponse(response, context, `no "active" that is true or false`);
  },
};

/** The relevant fields of a successful response (RFC 6749 section 5.1). */
export interface TokenResponse {
  readonly token: string;
  /** Absent if the server does not send it. */
  readonly expiresInMs?: number | undefined;
}

const MAX_LIFETIME_S = 2 ** 31 - 1;

/** Parses a successful response of the token endpoint. */
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

/** Parses seconds, which may be a string. Undefined if missing or not a number. */
function toSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && !Number.isNaN(seconds) ? seconds : undefined;
}
