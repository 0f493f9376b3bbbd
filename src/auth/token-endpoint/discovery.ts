import type { HttpResponse } from "../../shared/http-client.ts";
import { toLine } from "../../shared/plain-text.ts";
import { defaultEndpoints, type Issuer } from "./issuer.ts";
import { badResponse, type ResponseContext } from "./response-error.ts";
import { parseJson } from "./token-response.ts";

/** OpenID Connect Discovery 1.0 section 4. */
export const DISCOVERY_PATH = "/.well-known/openid-configuration";

/** Reads what discovery says of the issuer and of its endpoints, which stay on the client's own origin. */
export function parseDiscovery(response: HttpResponse, context: ResponseContext, origin: string): Issuer {
  const document = parseJson(response, context);
  const { issuer, token_endpoint: tokenEndpoint } = document;
  // It goes into assertions as it is, and so into logs.
  if (typeof issuer !== "string" || issuer === "" || toLine(issuer) !== issuer) {
    throw badResponse(response, context, "no issuer");
  }
  if (typeof tokenEndpoint !== "string" || !URL.canParse(tokenEndpoint)) {
    throw badResponse(response, context, "no token_endpoint that is a URL");
  }
  const usual = defaultEndpoints(origin);
  return {
    issuer,
    tokenEndpoint: toOwnOrigin(tokenEndpoint, origin) ?? usual.tokenEndpoint,
    introspectionEndpoint:
      toOwnOrigin(document["introspection_endpoint"], origin) ?? usual.introspectionEndpoint,
    jwksUri: toOwnOrigin(document["jwks_uri"], origin) ?? usual.jwksUri,
  };
}

/** Put together as text: resolved as a URL, a path of "//host/" would lead to another origin. */
function toOwnOrigin(url: unknown, origin: string): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? `${origin}${new URL(url).pathname}` : undefined;
}
