/**
 * Which proxy to go through: `environment` for what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say,
 * `none`, or the URL of one, with user and password where it wants them.
 */
export type ProxySetting = "environment" | "none" | URL;

/** The proxy for requests to `origin`. The environment is read anew each time. */
export async function proxyFor(origin: string, setting: ProxySetting): Promise<URL | undefined> {
  if (setting === "none") return undefined;
  if (setting !== "environment") return setting;
  // Loaded only where a variable is set, which is rare.
  if (!Object.keys(process.env).some((name) => /^(https?|all)_proxy$/i.test(name))) return undefined;
  const { getProxyForUrl } = await import("proxy-from-env");
  const proxy = getProxyForUrl(origin);
  return proxy === "" ? undefined : new URL(proxy);
}
