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
  /** On the client's origin, like the other endpoints, which may differ from that of the issuer. */
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint: string;
  /** The URL of its public keys. */
  readonly jwksUri: string;
}

/** The endpoints of an instance, unless discovery says otherwise. */
export function defaultEndpoints(origin: string): Omit<Issuer, "issuer"> {
  return {
    tokenEndpoint: `${origin}/oauth/v2/token`,
    introspectionEndpoint: `${origin}/oauth/v2/introspect`,
    jwksUri: `${origin}/oauth/v2/keys`,
  };
}

/** Whether two issuers are identical in all properties. */
export function isSameIssuer(a: Issuer, b: Issuer): boolean {
  return (
    a.issuer === b.issuer &&
    a.tokenEndpoint === b.tokenEndpoint &&
    a.introspectionEndpoint === b.introspectionEndpoint &&
    a.jwksUri === b.jwksUri
  );
}

/**
 * The usual issuer and endpoints, so that the first token needs no discovery: Zitadel's issuer is the origin of the
 * instance, and its endpoints have fixed paths. Behind an `http` address on an internal network, the issuer is still
 * `https`, except on `localhost`.
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

/** Built as text: the server's issuer contains the port exactly as requested. */
function instanceOrigin(origin: string, instanceHost: string): string {
  const plain = `http://${instanceHost}`;
  return origin.startsWith("http:") && isTrustworthyOrigin(plain) ? plain : `https://${instanceHost}`;
}

/** Checks the option `issuer`. */
export function issuerOption(issuer: unknown): string | undefined {
  if (issuer === undefined) return undefined;
  requireString("issuer", issuer);
  if (URL.canParse(issuer)) return issuer;
  throw invalidOption("issuer", describe(issuer), "a URL such as https://acme.zitadel.cloud");
}

/** OpenID Connect Discovery 1.0 section 4. */
export const DISCOVERY_PATH = "/.well-known/openid-configuration";

/** Parses a discovery document. The endpoints stay on the client's origin. */
export function parseDiscovery(response: HttpResponse, context: ResponseContext, origin: string): Issuer {
  const document = parseJson(response, context);
  const { issuer, token_endpoint: tokenEndpoint } = document;
  // It is used in assertions as it is, and so appears in logs.
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

/** Built as text: resolved as a URL, a path like "//host/" would lead to another origin. */
function toOwnOrigin(url: unknown, origin: string): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? `${origin}${new URL(url).pathname}` : undefined;
}
