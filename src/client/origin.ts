import { isTrustworthyOrigin } from "../auth/trustworthy-origin.ts";
import { describe, isPossibleHost } from "../shared/describe.ts";
import { invalidOption } from "../shared/invalid-option.ts";

const EXPECTED = "an origin such as https://acme.zitadel.cloud";

/** The origin of the instance, from the option or from `ZITADEL_API_URL`. Errors contain neither value. */
export function resolveOrigin(
  option: string | URL | undefined,
  env: NodeJS.ProcessEnv,
  allowInsecureHttp: boolean,
): string {
  if (option !== undefined) return parseOrigin("url", option, allowInsecureHttp);
  const variable = env["ZITADEL_API_URL"]?.trim(); // read only if needed: Deno may ask for permission
  if (variable !== undefined && variable !== "")
    return parseOrigin("ZITADEL_API_URL", variable, allowInsecureHttp);
  throw invalidOption("url", "not set, nor is ZITADEL_API_URL", EXPECTED);
}

function parseOrigin(name: string, value: unknown, allowInsecureHttp: boolean): string {
  if (typeof value !== "string" && !(value instanceof URL))
    throw invalidOption(name, describe(value), EXPECTED);
  const text = String(value).trim();
  const url = URL.parse(text);
  const [seen, remedy] = url === null ? unparsed(text) : (findProblem(url, allowInsecureHttp) ?? []);
  if (url !== null && seen === undefined) return url.origin;
  throw invalidOption(
    name,
    seen ?? describe(text),
    remedy === undefined ? EXPECTED : `${EXPECTED}: ${remedy}`,
  );
}

type Seen = readonly [seen: string, remedy?: string];

function unparsed(text: string): Seen {
  if (isHost(text)) return ["a host without a scheme", "put https:// before it"];
  const seen = describe(text);
  return [seen.startsWith("a URL") ? `${seen}, which cannot be parsed` : seen];
}

function findProblem(url: URL, allowInsecureHttp: boolean): Seen | undefined {
  const { protocol, username, password, pathname, search, hash } = url;
  if (protocol !== "https:" && protocol !== "http:") {
    // `acme.example.com:8443` is also a URL, with the scheme `acme.example.com`.
    return isHost(url.href) ? unparsed(url.href) : ["a URL with a scheme other than https"];
  }
  if (username !== "" || password !== "") {
    return ["a URL with a user name or password", "credentials go into the option auth"];
  }
  if (!isPossibleHost(url)) return ["a URL with a host that cannot exist"];
  if (pathname !== "/") return ["a URL with a path", "leave it out"];
  if (search !== "" || hash !== "") return ["a URL with a query or a fragment", "leave it out"];
  if (!allowInsecureHttp && !isTrustworthyOrigin(url.origin)) {
    return [
      "an http URL of another machine, to which tokens would travel in the clear",
      "use https, or set allowInsecureHttp on a network that you trust",
    ];
  }
  return undefined;
}

function isHost(text: string): boolean {
  return /^(?:[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+|localhost)(?::\d{1,5})?(?:\/|$)/i.test(text);
}
