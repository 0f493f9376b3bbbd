import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { describe, isPossibleHost } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { DialError } from "./dial-error.ts";

/**
 * Which proxy to go through: `environment` for what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say,
 * `none`, or the URL of one, with user and password where it wants them.
 */
export type ProxySetting = ResolvedProxy | (string & {});

/** The same, with a URL that was checked. */
export type ResolvedProxy = "environment" | "none" | URL;

/** Checks the option. Throws a TypeError that names it and repeats nothing of its value. */
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

/** The proxy for requests to `origin`. The environment is read anew each time. */
export function proxyFor(origin: string, setting: ResolvedProxy): URL | undefined {
  if (setting === "none") return undefined;
  return setting === "environment" ? fromEnvironment(new URL(origin)) : setting;
}

function fromEnvironment(url: URL): URL | undefined {
  const found = findVariable(`${url.protocol.slice(0, -1)}_proxy`) ?? findVariable("all_proxy");
  if (found === undefined || isExcepted(url, findVariable("no_proxy")?.value ?? "")) return undefined;
  const { name, value } = found;
  if (/^http_proxy$/i.test(name) && findVariable("request_method") !== undefined) {
    // CGI puts the header `Proxy` of whoever asks into HTTP_PROXY: https://httpoxy.org
    throw new DialError(
      `${name} is refused where REQUEST_METHOD is set (CGI): give the option proxy instead`,
    );
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
  return seen.startsWith("a URL") ? "a URL that is none of a proxy" : seen;
}

/** As curl and Go do: a proxy without a scheme is one for HTTP. A bare word is no proxy: it may be a password. */
function parseProxy(value: string): URL | undefined {
  const text = value.trim();
  if (!/[.:]/.test(text)) return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  return url !== null && isPossibleHost(url) && url.pathname.length <= 1 ? url : undefined;
}

/**
 * A variable that is set and not empty. Lower case outranks upper case, as for curl and Node. No name is read that need
 * not be: Deno may ask for a permission.
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

/** Of a scheme that is none of a proxy, nothing: it may be part of a secret. */
function nameScheme({ protocol }: URL): string {
  return /^(socks\w?|ftp|file|ssh):$/.test(protocol) ? protocol.slice(0, -1) : "another scheme";
}

/**
 * Whether NO_PROXY excepts requests to `url` from the proxy. No standard says how it is written. What curl
 * (`--noproxy`) and Go (`golang.org/x/net/http/httpproxy`) agree on holds here; where they differ, it is as
 * follows.
 *
 * - Entries are parted by commas or white space (Go: commas only). Case does not matter, nor does a dot at the end
 *   (Go: it does).
 * - `*` is everything (curl: only as the whole value).
 * - `example.com` is the host and all below it. `.example.com` and `*.example.com` are what is below it only
 *   (curl: the former is the host too, the latter nothing).
 * - `10.0.0.1`, `::1`, `[::1]` is an address (neither takes the brackets without a port), `10.0.0.0/8`, `fd00::/8`
 *   a block of them. They hold for URLs that have an address in place of a name; no name is looked up.
 * - A port behind an entry narrows it to that port: `example.com:8443`, `[::1]:8443` (curl: matches nothing).
 * - `localhost` and loopback addresses are excepted where the list says so (Go: always).
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

/** Without the brackets of an IPv6 address, and without the dot that makes a name absolute. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
