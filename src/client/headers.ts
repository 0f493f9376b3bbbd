import { describe, isPossibleHost } from "../shared/describe.ts";
import { FixedHeaders } from "../shared/fixed-headers.ts";
import { invalidOption } from "../shared/invalid-option.ts";
import { isWorkerd } from "../shared/runtime.ts";
import { version } from "../version.ts";
import { optionalString } from "./option-checks.ts";

/** Whatever `new Headers()` accepts: the DOM's HeadersInit, which Node's declarations lack. */
export type CallHeaders = Headers | Readonly<Record<string, string>> | [string, string][];

/**
 * Creates headers from whatever `new Headers()` accepts, by its rules (https://fetch.spec.whatwg.org/#headers-class). The
 * error of `new Headers()` contains the invalid value, which may be a token with a newline; this one only names the header.
 */
export function toHeaders(init: CallHeaders | undefined, option = "headers"): FixedHeaders {
  const values = new Map<string, string>();
  for (const [given, value] of toPairs(init, option)) {
    const name = toName(given, option);
    const text = toValue(value, option === "headers" ? `"${name}" in headers` : option);
    const before = values.get(name.toLowerCase());
    values.set(name.toLowerCase(), before === undefined ? text : `${before}, ${text}`);
  }
  return new FixedHeaders(values);
}

function toPairs(init: unknown, option: string): Iterable<readonly [unknown, unknown]> {
  if (init === undefined) return [];
  if (typeof init !== "object" || init === null) {
    throw invalidOption(option, describe(init), "an object: pass { name: value }");
  }
  if (!(Symbol.iterator in init)) return Object.entries(init);
  const pairs = [...(init as Iterable<unknown>)];
  if (pairs.every(isPair)) return pairs;
  throw invalidOption(option, describe(init), "pairs of name and value");
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

function toName(name: unknown, option: string): string {
  if (typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name;
  throw invalidOption(option, "with a name that no header can have", "names of letters, digits and hyphens");
}

function toValue(value: unknown, where: string): string {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (typeof value !== "symbol" && isHeaderValue(text)) return text;
  throw invalidOption(
    where,
    "a string with a newline or another character that no header can have",
    "one line",
  );
}

/** Whether a text is a single line of bytes (a ByteString in Fetch). */
function isHeaderValue(text: string): boolean {
  return !/[\0\n\r]|[^\0-\xff]/.test(text);
}

/** `User-Agent` (RFC 9110 section 10.1.5): the application's product, if any, then ours. */
function toUserAgent(product: string | undefined): string {
  const runtime = isWorkerd ? "workerd" : `node/${process.versions.node}; ${process.platform}`;
  const own = `zitadel-connect/${version} (${runtime})`;
  return product === undefined ? own : `${product} ${own}`;
}

/** The options that become headers. */
interface HeaderOptions {
  readonly headers?: CallHeaders | undefined;
  readonly userAgent?: string | undefined;
  readonly instanceHost?: string | undefined;
}

/** The headers of every request, those for tokens included. */
export function createBaseHeaders(options: HeaderOptions): FixedHeaders {
  const headers = toHeaders(options.headers);
  if (headers.has("host")) {
    const expected = "none: the url names the host, and address says where to connect";
    throw invalidOption('"host" in headers', "set", expected);
  }
  const agent = toUserAgent(optionalString("userAgent", options.userAgent));
  const instanceHost = optionalString("instanceHost", options.instanceHost);
  return headers.with([
    ...toHeaders({ "user-agent": agent }, "userAgent"),
    ...(instanceHost === undefined ? [] : [["x-zitadel-instance-host", requireHost(instanceHost)] as const]),
  ]);
}

function requireHost(value: string): string {
  const url = URL.parse(`http://${value}`);
  if (url?.host !== value.toLowerCase() || !isPossibleHost(url)) {
    const expected = 'a host such as "acme.example.com" or "acme.example.com:8443"';
    throw invalidOption("instanceHost", describe(value), expected);
  }
  return value;
}

/** Returns an optional string that a header can hold. Fails if it is something else. */
export function optionalHeaderValue(name: string, value: string | undefined): string | undefined {
  if (optionalString(name, value) !== undefined) toHeaders({ value: String(value) }, name);
  return value;
}
