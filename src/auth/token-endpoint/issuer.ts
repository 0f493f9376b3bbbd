import { describe } from "../../shared/describe.ts";
import type { HttpResponse } from "../../shared/http-client.ts";
import { invalidOption, requireString } from "../../shared/invalid-option.ts";
import { toLine } from "../../shared/plain-text.ts";
import type { AuthContext } from "../auth-method.ts";
import { isTrustworthyOrigin } from "../trustworthy-origin.ts";
import { badResponse, parseJson, type ResponseContext } from "./response-error.ts";

/** Where tokens come from. */
export interface Issuer {
  /** The audience of assertions, exactly as the server spells it. */
  readonly issuer: string;
  /** On the client's own origin, which may be another one than the issuer's; as are the other endpoints. */
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint: string;
  /** Where its public keys are. */
  readonly jwksUri: string;
}

/** Where an instance has its endpoints, unless discovery says otherwise. */
export function defaultEndpoints(origin: string): Omit<Issuer, "issuer"> {
  return {
    tokenEndpoint: `${origin}/oauth/v2/token`,
    introspectionEndpoint: `${origin}/oauth/v2/introspect`,
    jwksUri: `${origin}/oauth/v2/keys`,
  };
}

/** Whether two are spelled the same throughout. */
export function isSameIssuer(a: Issuer, b: Issuer): boolean {
  return (
    a.issuer === b.issuer &&
    a.tokenEndpoint === b.tokenEndpoint &&
    a.introspectionEndpoint === b.introspectionEndpoint &&
    a.jwksUri === b.jwksUri
  );
}

/**
 * What issuer and token endpoint are as a rule, so that the first token needs no discovery: Zitadel's issuer is the
 * origin by which an instance is addressed, and its token endpoint has a fixed path. Behind an `http` address on an
 * internal network, an instance is known by `https` but for `localhost`.
 */
export function expectedIssuer({
  origin,
  instanceHost,
}: Pick<AuthContext, "origin" | "instanceHost">): Issuer {
  return {
    issuer: instanceHost === undefined ? origin : instanceOrigin(origin, instanceHost),
    ...defaultEndpoints(origin),
  };
}

/** Put together as text: the server spells the issuer with the port that it was asked for. */
function instanceOrigin(origin: string, instanceHost: string): string {
  const plain = `http://${instanceHost}`;
  return origin.startsWith("http:") && isTrustworthyOrigin(plain) ? plain : `https://${instanceHost}`;
}

/** Checks the option by which those who know the issuer name it. */
export function issuerOption(issuer: unknown): string | undefined {
  if (issuer === undefined) return undefined;
  requireString("issuer", issuer);
  if (URL.canParse(issuer)) return issuer;
  throw invalidOption("issuer", describe(issuer), "a URL such as https://acme.zitadel.cloud");
}

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
