import type { HttpResponse } from "../../shared/http-client.ts";
import type { Issuer } from "./issuer.ts";
import { badResponse, isSuccess, type ResponseContext, toAuthError } from "./response-error.ts";
import { parseJson } from "./token-response.ts";

/** OpenID Connect Discovery 1.0 section 4. */
export const DISCOVERY_PATH = "/.well-known/openid-configuration";

/** Reads what discovery says of issuer and token endpoint, which stays on the client's own origin. */
export function parseDiscovery(response: HttpResponse, context: ResponseContext, origin: string): Issuer {
  if (!isSuccess(response)) throw toAuthError(response, context);
  const { issuer, token_endpoint: tokenEndpoint } = parseJson(response, context);
  if (typeof issuer !== "string" || issuer === "") throw badResponse(response, context, "no issuer");
  if (typeof tokenEndpoint !== "string" || !URL.canParse(tokenEndpoint)) {
    throw badResponse(response, context, "no token_endpoint that is a URL");
  }
  // Put together as text: resolved as a URL, a path of "//host/" would lead to another origin.
  return { issuer, tokenEndpoint: `${origin}${new URL(tokenEndpoint).pathname}` };
}
