import type { HttpRequest } from "./net/http.ts";
import type { Store } from "./state/model/store.ts";

/** The instance of a request. */
export interface Instance {
  /** The instance's origin for this client: the issuer of its tokens. */
  readonly origin: string;
}

/** Where the server looks for the host, in this order. The first that is not empty applies. */
const HOST_SOURCES: readonly ((headers: Headers) => string | undefined)[] = [
  (headers) => headers.get("x-zitadel-instance-host") ?? undefined,
  (headers) => parseForwardedHost(headers.get("forwarded")),
  (headers) => parseForwardedHost(headers.get("x-zitadel-forwarded")),
  (headers) => parseForwardedHost(headers.get("x-forwarded-for")),
  (headers) => headers.get("x-forwarded-host") ?? undefined,
  (headers) => headers.get("host") ?? undefined,
];

/** Finds the instance by the host of the request. Returns the server's error message if there is none. */
export function findInstance(request: HttpRequest, { domain, settings }: Store): Instance | string {
  const { headers, scheme } = request;
  const host = findFirst(HOST_SOURCES.map((source) => source(headers))) ?? "";
  const publicHost = headers.get("x-zitadel-public-host") ?? "";
  const { customDomains, trustedDomains } = settings;
  const hasDomain = (one: string): boolean => customDomains.has(withoutPort(one));
  const isPublic = publicHost === "" || hasDomain(publicHost) || trustedDomains.has(withoutPort(publicHost));
  if (isPublic && hasDomain(host)) return { origin: `${scheme}://${publicHost === "" ? host : publicHost}` };
  return (
    `unable to set instance using origin &{${host} ${publicHost} ${scheme}} ` +
    `(ExternalDomain is ${domain}): ID=QUERY-1kIjX Message=Instance not found. ` +
    "Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains"
  );
}

function findFirst(values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== "");
}

function parseForwardedHost(header: string | null): string | undefined {
  return header === null ? undefined : /(?:^|[;,]\s*)host="?([^;,"\s]+)/i.exec(header)?.[1];
}

/** Removes the port, which does not matter for finding an instance. */
function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}
