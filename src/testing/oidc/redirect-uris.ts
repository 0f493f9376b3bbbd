import type { OidcApplication } from "../state/model/application.ts";
import { OAuthError } from "./oauth-error.ts";

const ASK_ADMINISTRATOR = "If you have any questions, you may contact the administrator of the application.";

/** The types of OIDC applications, as the API numbers them. */
const WEB = 0;
const NATIVE = 2;

/** Throws if an application may not use a redirect URI. */
export function checkRedirectUri(application: OidcApplication, uri: string, responseType: string): void {
  const { config } = application;
  const registered = config.redirectUris;
  const isRegistered = registered.includes(uri) || (config.devMode && matchesGlob(registered, uri));
  const isNative = config.applicationType === NATIVE;
  const isLoopback = parseLoopbackUrl(uri) !== undefined;
  if (!isRegistered && !(isNative && matchesLoopback(registered, uri))) throw unregistered();
  if (config.devMode) return;
  const isHttp = uri.startsWith("http://");
  if (isNative) {
    if (isHttp && !isLoopback) throw insecure();
    return;
  }
  if (uri.startsWith("https://")) return;
  if (!isHttp) {
    throw new OAuthError(
      "invalid_request",
      `This client's redirect_uri is using a custom schema and is not allowed. ${ASK_ADMINISTRATOR}`,
    );
  }
  if (responseType !== "code" || config.applicationType !== WEB) throw insecure();
}

/** Whether a user may be redirected to a URI after signing out. */
export function isPostLogoutUri({ config }: OidcApplication, uri: string): boolean {
  const registered = config.postLogoutRedirectUris;
  return (
    registered.includes(uri) ||
    (config.applicationType === NATIVE && matchesLoopback(registered, uri)) ||
    (config.devMode && matchesGlob(registered, uri))
  );
}

function unregistered(): OAuthError {
  return new OAuthError(
    "invalid_request",
    `The requested redirect_uri is missing in the client configuration. ${ASK_ADMINISTRATOR}`,
  );
}

function insecure(): OAuthError {
  return new OAuthError(
    "invalid_request",
    `This client's redirect_uri is http and is not allowed. ${ASK_ADMINISTRATOR}`,
  );
}

/** Whether a registered glob matches: `*` matches any text without a slash, `**` any text. Only in development mode. */
function matchesGlob(globs: readonly string[], uri: string): boolean {
  return globs.some((glob) => {
    const pattern = glob
      .split(/(\*\*|\*|\?)/)
      .map((part) => {
        if (part === "**") return ".*";
        if (part === "*") return "[^/]*";
        return part === "?" ? "[^/]" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
      })
      .join("");
    return new RegExp(`^${pattern}$`).test(uri);
  });
}

/** Whether a URI differs from a registered one only by its loopback host or port (RFC 8252, section 7.3). */
function matchesLoopback(registered: readonly string[], uri: string): boolean {
  const asked = parseLoopbackUrl(uri);
  return registered.some((one) => {
    const known = parseLoopbackUrl(one);
    return asked !== undefined && known?.pathname === asked.pathname && known.search === asked.search;
  });
}

function parseLoopbackUrl(uri: string): URL | undefined {
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname) ? url : undefined;
}
