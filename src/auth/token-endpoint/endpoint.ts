import type { HttpResponse } from "../../shared/http-client.ts";
import type { AuthErrorCode } from "../auth-error.ts";
import type { Issuer } from "./issuer.ts";
import { badResponse, type ResponseContext } from "./response-error.ts";
import { parseJson, parseToken, type TokenResponse } from "./token-response.ts";

/** An endpoint at which users or clients authenticate. */
export interface Endpoint<T> {
  readonly find: (issuer: Issuer) => string;
  /** What is requested, as the beginning of a sentence. */
  readonly action: string;
  /** How it refuses a user, a client or an assertion that it does not know. */
  readonly refusals: readonly AuthErrorCode[];
  /** Reads a successful response. */
  readonly parse: (response: HttpResponse, context: ResponseContext) => T;
}

/** RFC 6749 section 3.2. */
export const TOKEN_ENDPOINT: Endpoint<TokenResponse> = {
  find: ({ tokenEndpoint }) => tokenEndpoint,
  action: "Token request",
  refusals: ["invalid_grant", "invalid_client"],
  parse: parseToken,
};

/** What introspection tells of a token (RFC 7662 section 2.2). */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly [claim: string]: unknown;
}

/** RFC 7662. Zitadel refuses clients of every kind as `unauthorized_client`. */
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
