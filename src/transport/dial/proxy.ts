import { DialError } from "./dial-error.ts";

/**
 * Which proxy to go through: `environment` for what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say,
 * `none`, or the URL of one, with user and password where it wants them.
 */
export type ProxySetting = "environment" | "none" | URL;

/** The proxy for requests to `origin`. The environment is read anew each time. */
export async function proxyFor(origin: string, setting: ProxySetting): Promise<URL | undefined> {
  if (setting === "none") return undefined;
  const proxy = setting === "environment" ? await fromEnvironment(origin) : setting;
  if (proxy === undefined || /^https?:$/.test(proxy.protocol)) return proxy;
  throw new DialError(`A proxy must be one for HTTP, not ${proxy.protocol}//${proxy.host}`);
}

async function fromEnvironment(origin: string): Promise<URL | undefined> {
  // Loaded only where a variable is set, which is rare.
  if (!Object.keys(process.env).some((name) => /^(https?|all)_proxy$/i.test(name))) return undefined;
  const { getProxyForUrl } = await import("proxy-from-env");
  const proxy = getProxyForUrl(origin);
  if (proxy === "") return undefined;
  // Says nothing of the value, which may have a password in it.
  if (!URL.canParse(proxy)) throw new DialError("The proxy that the environment names is not a URL");
  return new URL(proxy);
}
