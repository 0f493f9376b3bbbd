import { invalidOption } from "../shared/invalid-option.ts";
import { CallerError } from "./caller-error.ts";

/** A request of `node:http`, Express, Fastify, or anything else with such headers. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/** The part of a web `Request` that is read here. */
export interface WebRequest {
  readonly headers: { get(name: string): string | null };
}

/** The characters of a bearer token (RFC 6750 section 2.1). */
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** Zitadel's opaque tokens have a few hundred characters; JWTs with many roles have a few thousand. */
const MAX_LENGTH = 16_384;

/** Throws unless a text has the form of a bearer token. */
export function checkToken(token: unknown): asserts token is string {
  if (typeof token !== "string" || token.length > MAX_LENGTH || !B64TOKEN.test(token)) {
    throw new CallerError("malformed");
  }
}

/** The bearer token of a request. Only the header counts, not the query or the body. */
export function findBearer(request: NodeRequest | WebRequest): string {
  const header = readHeader(request);
  const [scheme = "", ...rest] = header.split(" ");
  if (scheme.toLowerCase() !== "bearer") throw new CallerError("missing_token");
  const token = rest.join(" ").trim();
  checkToken(token);
  return token;
}

function readHeader({ headers }: NodeRequest | WebRequest): string {
  if (typeof headers !== "object" || headers === null) {
    throw invalidOption(
      "the request",
      "without headers",
      "a request of node:http or a framework, or a web Request",
    );
  }
  const value = isWeb(headers) ? headers.get("authorization") : headers.authorization;
  return typeof value === "string" ? value : "";
}

function isWeb(headers: (NodeRequest | WebRequest)["headers"]): headers is WebRequest["headers"] {
  return "get" in headers && typeof headers.get === "function";
}
