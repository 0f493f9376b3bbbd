import { describe, isPossibleHost } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";

/** A host, without brackets, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Throws a TypeError that names the option. */
export function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const url = typeof text === "string" ? URL.parse(`http://${text}`) : null;
  const port = typeof text === "string" ? /:(\d{1,5})$/.exec(text)?.[1] : undefined;
  const bare =
    url !== null && url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url === null || !isPossibleHost(url) || port === undefined || !bare || /[/?#@]/.test(text)) {
    const expected = 'a host and a port, such as "10.1.2.3:8443" or "zitadel.internal:443"';
    throw invalidOption("address", describe(text), expected);
  }
  return { host: withoutBrackets(url), port: Number(port) };
}

/** Where the host of a URL listens. */
export function toAddress(url: URL): Address {
  return { host: withoutBrackets(url), port: Number(url.port === "" ? defaultPort(url) : url.port) };
}

/** IPv6 addresses stand in brackets in a URL, and without them everywhere else. */
export function withoutBrackets(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function defaultPort(url: URL): number {
  return url.protocol === "https:" ? 443 : 80;
}
