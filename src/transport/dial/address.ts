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

/** The host and port of a URL. */
export function toAddress(url: URL): Address {
  return { host: withoutBrackets(url), port: Number(url.port === "" ? defaultPort(url) : url.port) };
}

/** The host of a URL, without the brackets that IPv6 addresses have in URLs only. */
export function withoutBrackets(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function defaultPort(url: URL): number {
  return url.protocol === "https:" ? 443 : 80;
}
