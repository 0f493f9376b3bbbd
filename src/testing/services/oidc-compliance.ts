import type { OidcConfiguration } from "../state/model/application.ts";

/** Enum values, as the API numbers them. */
const [WEB, USER_AGENT, NATIVE] = [0, 1, 2];
const [AUTHORIZATION_CODE, IMPLICIT, REFRESH_TOKEN, DEVICE_CODE] = [0, 1, 2, 3];
const NONE = 2;

const PREFIX = "Application.OIDC.V1";

type Relevant = Pick<OidcConfiguration, "redirectUris" | "grantTypes" | "applicationType" | "authMethodType">;

/** Zitadel's compliance findings about an OIDC application, as message keys. */
interface Compliance {
  readonly nonCompliant: boolean;
  readonly problems: readonly string[];
}

/** Finds missing redirect URIs and grant types, and settings that the application type does not allow. */
export function checkCompliance(config: Relevant): Compliance {
  const { redirectUris, grantTypes, applicationType, authMethodType } = config;
  const problems: string[] = [];
  const [code, implicit] = [grantTypes.includes(AUTHORIZATION_CODE), grantTypes.includes(IMPLICIT)];
  const device = grantTypes.includes(DEVICE_CODE);
  if (grantTypes.includes(REFRESH_TOKEN) && !device && !code) problems.push("GrantType.Refresh.NoAuthCode");
  if (redirectUris.length === 0 && (!device || code)) problems.unshift("NoRedirectUris");
  if (!redirectUris.every((uri) => uri.startsWith("https://"))) {
    problems.push(...findUriProblems(config, { code, implicit }));
  }
  const kind = applicationType === NATIVE ? "Native" : "UserAgent";
  if (applicationType !== WEB && authMethodType !== NONE) problems.push(`${kind}.AuthMethodType.NotNone`);
  if (problems.length === 0) {
    const mixed = code && implicit && !redirectUris.every((uri) => uri.startsWith("https://"));
    return { nonCompliant: false, problems: mixed ? [`${PREFIX}.NotAllCombinationsAreAllowed`] : [] };
  }
  // The server reports this twice, except for web applications.
  const heads = applicationType === WEB ? ["NotCompliant"] : ["NotCompliant", "NotCompliant"];
  return { nonCompliant: true, problems: [...heads, ...problems].map((one) => `${PREFIX}.${one}`) };
}

function findUriProblems(
  config: Relevant,
  { code, implicit }: { readonly code: boolean; readonly implicit: boolean },
): string[] {
  const { redirectUris, applicationType } = config;
  const hasCustom = redirectUris.some((uri) => !/^https?:\/\//.test(uri));
  const hasHttp = redirectUris.some((uri) => uri.startsWith("http://"));
  const isNative = applicationType === NATIVE;
  const isIn = (problem: string, condition: boolean): string[] => (condition ? [problem] : []);
  const hasRemote = hasHttp && isNative && !areHttpLocal(redirectUris);
  const remoteHttp = isIn("Native.RedirectUris.MustBeHttpLocalhost", hasRemote);
  if (code) {
    const forUserAgent = hasHttp && applicationType === USER_AGENT;
    const http = isIn("Code.RedirectUris.HttpOnlyForWeb", forUserAgent);
    return implicit
      ? [...isIn("Implicit.RedirectUris.CustomNotAllowed", hasCustom && !isNative), ...http, ...remoteHttp]
      : [...http, ...remoteHttp, ...isIn("Code.RedirectUris.CustomOnlyForNative", hasCustom && !isNative)];
  }
  if (!implicit) return [];
  const http = isIn("Implicit.RedirectUris.HttpNotAllowed", hasHttp && !isNative);
  return [...isIn("Implicit.RedirectUris.CustomNotAllowed", hasCustom), ...remoteHttp, ...http];
}

function areHttpLocal(uris: readonly string[]): boolean {
  return uris.every((uri) => {
    if (!URL.canParse(uri)) return false;
    const { protocol, hostname } = new URL(uri);
    return protocol !== "http:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  });
}

/**
 * The origins from which browsers may call: those of the redirect URIs, as the server extracts them, and additional
 * ones.
 */
export function listAllowedOrigins({
  redirectUris,
  additionalOrigins,
}: Pick<OidcConfiguration, "redirectUris" | "additionalOrigins">): string[] {
  const origins = redirectUris.map((uri) => {
    const [, scheme = "", host = ""] = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/([^/?#]*))?/i.exec(uri) ?? [];
    return `${scheme}://${host}`;
  });
  return [...new Set([...origins, ...additionalOrigins])];
}
