import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";

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
