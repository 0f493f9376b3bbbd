import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { describe, isPossibleHost } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { DialError } from "./dial-error.ts";

/**
 * The proxy to use: `environment` for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, `none`, or the URL of a proxy, with
 * user name and password if it requires them.
 */
export type ProxySetting = ResolvedProxy | (string & {});

/** The setting, with a validated URL. */
export type ResolvedProxy = "environment" | "none" | URL;

/** Checks the option. Throws a TypeError that names it and never quotes its value. */
export function resolveProxy(setting: ProxySetting | undefined, option = "proxy"): ResolvedProxy {
  if (setting === undefined || setting === "environment") return "environment";
  if (setting === "none") return "none";
  const problem = (seen: string) => invalidOption(option, seen, `"none", "environment" or ${EXAMPLE}`);
  if (typeof setting !== "string" && !(setting instanceof URL)) throw problem(describe(setting));
  const found = setting instanceof URL ? setting : parseProxy(setting);
  const seen = findProblem(setting, found);
  if (found === undefined || seen !== undefined) throw problem(seen ?? "");
  return found;
}

const EXAMPLE = "the URL of a proxy for HTTP, such as http://proxy.example:3128";

/** The proxy for requests to `origin`. The environment is read each time. */
export function proxyFor(origin: string, setting: ResolvedProxy): URL | undefined {
  if (setting === "none") return undefined;
  return setting === "environment" ? fromEnvironment(new URL(origin)) : setting;
}

function fromEnvironment(url: URL): URL | undefined {
  const found = findVariable(`${url.protocol.slice(0, -1)}_proxy`) ?? findVariable("all_proxy");
  if (found === undefined || isExcepted(url, findVariable("no_proxy")?.value ?? "")) return undefined;
  const { name, value } = found;
  if (/^http_proxy$/i.test(name) && findVariable("request_method") !== undefined) {
    // CGI sets HTTP_PROXY from the `Proxy` header of the client's request: https://httpoxy.org
    throw new DialError(`${name} is refused where REQUEST_METHOD is set (CGI): set the option proxy instead`);
  }
  const proxy = parseProxy(value);
  const seen = findProblem(value, proxy);
  if (proxy === undefined || seen !== undefined)
    throw new DialError(`${name} is ${seen}; expected ${EXAMPLE}`);
  return proxy;
}

function findProblem(setting: string | URL, found: URL | undefined): string | undefined {
  if (found !== undefined) return isHttp(found) ? undefined : `a URL of ${nameScheme(found)}`;
  const seen = describe(String(setting));
  if (!seen.startsWith("a URL")) return seen;
  return (URL.parse(String(setting))?.pathname.length ?? 0) > 1
    ? "a URL with a path"
    : "a URL that is not that of a proxy";
}

/** As in curl and Go, a proxy without a scheme is an HTTP proxy. A bare word is not a proxy: it may be a password. */
function parseProxy(value: string): URL | undefined {
  const text = value.trim();
  if (!/[.:]/.test(text)) return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  return url !== null && isPossibleHost(url) && url.pathname.length <= 1 ? url : undefined;
}

/**
 * A variable that is set and not empty. Lower case takes precedence, as in curl and Node. Reads no more names than
 * necessary: Deno may ask for permission.
 */
function findVariable(name: string): { name: string; value: string } | undefined {
  for (const one of [name, name.toUpperCase()]) {
    const value = process.env[one]?.trim() ?? "";
    if (value !== "") return { name: one, value };
  }
  return undefined;
}

function isHttp({ protocol }: URL): boolean {
  return /^https?:$/.test(protocol);
}

/** Shows only well-known schemes: another may be part of a secret. */
function nameScheme({ protocol }: URL): string {
  return /^(socks\w?|ftp|file|ssh):$/.test(protocol) ? protocol.slice(0, -1) : "another scheme";
}

/**
 * Whether NO_PROXY excepts requests to `url` from the proxy. There is no standard for its syntax. This follows what curl
 * (`--noproxy`) and Go (`golang.org/x/net/http/httpproxy`) agree on; where they differ, these rules apply:
 *
 * - Entries are separated by commas or whitespace (Go: commas only). Case does not matter, nor does a trailing dot (Go: it
 *   does).
 * - `*` matches everything (curl: only as the whole value).
 * - `example.com` matches the host and its subdomains. `.example.com` and `*.example.com` match subdomains only (curl: the
 *   former also matches the host, the latter nothing).
 * - `10.0.0.1`, `::1` and `[::1]` match an address (curl and Go reject brackets without a port), `10.0.0.0/8` and
 *   `fd00::/8` a block. They apply to URLs with an address; names are not looked up.
 * - A port restricts an entry to that port: `example.com:8443`, `[::1]:8443` (curl: matches nothing).
 * - `localhost` and loopback addresses are excepted only if listed (Go: always).
 */
export function isExcepted(url: URL, noProxy: string): boolean {
  const target = {
    host: bare(url.hostname),
    port: url.port !== "" ? url.port : url.protocol === "https:" ? "443" : "80",
  };
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === "*" || matches(entry, target));
}

interface Target {
  readonly host: string;
  readonly port: string;
}

function matches(entry: string, { host, port }: Target): boolean {
  const [, address = "", bits = ""] = /^(.*)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(address)) return isInBlock(host, address, Number(bits));
  // An IPv6 address without brackets has colons, and no port.
  const [, named = entry, ownPort = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (ownPort !== port) return false;
  const name = bare(named);
  if (isIP(name)) return isInBlock(host, name, isIP(name) === 4 ? 32 : 128);
  return !isIP(host) && isInDomain(host, name);
}

function isInDomain(host: string, entry: string): boolean {
  const domain = domainToASCII(entry.replace(/^\*?\./, ""));
  if (domain === "") return false;
  return host.endsWith(`.${domain}`) || (host === domain && /^[^*.]/.test(entry));
}

function isInBlock(host: string, address: string, bits: number): boolean {
  const version = isIP(address);
  if (isIP(host) !== version || bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(address, bits, family);
  return block.check(host, family);
}

/** Removes the brackets of an IPv6 address, and the trailing dot of an absolute name. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
