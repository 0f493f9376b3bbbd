import { DialError } from "./dial-error.ts";
import { isExcepted } from "./no-proxy.ts";

/**
 * Which proxy to go through: `environment` for what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say,
 * `none`, or the URL of one, with user and password where it wants them.
 */
export type ProxySetting = "environment" | "none" | URL;

/** The proxy for requests to `origin`. The environment is read anew each time. */
export function proxyFor(origin: string, setting: ProxySetting): URL | undefined {
  if (setting === "none") return undefined;
  if (setting === "environment") return fromEnvironment(new URL(origin));
  assertIsHttp(setting, "The option proxy");
  return setting;
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
  // As curl and Go do: a proxy without a scheme is one for HTTP.
  const text = value.includes("://") ? value : `http://${value}`;
  // Says nothing of the value, which may have a password in it.
  if (!URL.canParse(text)) throw new DialError(`${name} is not a URL, such as http://proxy.example:3128`);
  const proxy = new URL(text);
  assertIsHttp(proxy, name);
  return proxy;
}

/** A variable that is set and not empty. Lower case outranks upper case, as for curl and Node. */
function findVariable(name: string): { name: string; value: string } | undefined {
  return [name, name.toUpperCase()]
    .map((one) => ({ name: one, value: process.env[one]?.trim() ?? "" }))
    .find(({ value }) => value !== "");
}

/** Names the scheme at most, since the rest may have a password in it. */
function assertIsHttp({ protocol }: URL, name: string): void {
  if (/^https?:$/.test(protocol)) return;
  throw new DialError(
    `${name} must be a proxy for HTTP, such as http://proxy.example:3128, not ${protocol}//`,
  );
}
