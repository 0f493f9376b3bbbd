import { isTrustworthyOrigin } from "../auth/trustworthy-origin.ts";

const EXAMPLE = "an origin such as https://acme.zitadel.cloud";

/** The origin of the instance, from the option or from `ZITADEL_API_URL`. */
export function resolveOrigin(
  option: string | URL | undefined,
  env: NodeJS.ProcessEnv,
  allowInsecureHttp: boolean,
): string {
  const variable = env["ZITADEL_API_URL"];
  if (option !== undefined) return originOf("url", option, allowInsecureHttp);
  if (variable !== undefined && variable !== "")
    return originOf("ZITADEL_API_URL", variable, allowInsecureHttp);
  throw new TypeError(`No URL: pass the option url, or set ZITADEL_API_URL, to ${EXAMPLE}`);
}

function originOf(name: string, value: string | URL, allowInsecureHttp: boolean): string {
  const url = URL.parse(String(value).trim());
  if (url === null) throw new TypeError(`${name}: expected ${EXAMPLE}, got "${value}"`);
  const problem = problemOf(url, allowInsecureHttp);
  if (problem !== undefined)
    throw new TypeError(`${name}: expected ${EXAMPLE}, got "${shown(url)}", ${problem}`);
  return url.origin;
}

function problemOf(url: URL, allowInsecureHttp: boolean): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") return `whose scheme is "${url.protocol}"`;
  if (url.username !== "" || url.password !== "") return "which has credentials: use the option auth";
  if (url.pathname !== "/") return `which has the path "${url.pathname}": leave it out`;
  if (url.search !== "" || url.hash !== "") return "which has a query or a fragment: leave it out";
  if (!allowInsecureHttp && !isTrustworthyOrigin(url.origin)) {
    return "over which tokens would travel in the clear: use https, or set allowInsecureHttp on a network that you trust";
  }
  return undefined;
}

/** A URL without what may be a secret in it. */
function shown(url: URL): string {
  const copy = new URL(url);
  copy.username = copy.password = copy.search = copy.hash = "";
  return copy.href;
}
