import type { OidcConfiguration } from "../state/model/application.ts";

const WEB = 0;
const NATIVE = 2;
const AUTHORIZATION_CODE = 0;
const PREFIX = "Application.OIDC.V1";

/**
 * The problems that Zitadel finds in the settings of an OpenID Connect application, by its keys: missing redirect URIs,
 * and such as its kind may not have.
 */
export function findComplianceProblems({
  redirectUris = [],
  grantTypes = [],
  appType = WEB,
  devMode = false,
}: OidcConfiguration): string[] {
  if (devMode) return [];
  const problems: string[] = [];
  const usesCode = grantTypes.includes(AUTHORIZATION_CODE);
  if (usesCode && redirectUris.length === 0) problems.push(`${PREFIX}.NoRedirectUris`);
  const isHttp = (uri: string): boolean => uri.startsWith("http://");
  const isCustom = (uri: string): boolean => !/^https?:\/\//.test(uri);
  if (usesCode && appType !== NATIVE) {
    if (redirectUris.some(isCustom)) {
      problems.push(`${PREFIX}.Code.RedirectUris.CustomOnlyForNative`);
    }
    if (appType !== WEB && redirectUris.some(isHttp)) {
      problems.push(`${PREFIX}.Code.RedirectUris.HttpOnlyForWeb`);
    }
  }
  return problems.length > 0 ? [`${PREFIX}.NotCompliant`, ...problems] : [];
}

/** The origins of the redirect URIs, from which browsers may call: as the server cuts them, also from what has none. */
export function allowedOrigins({ redirectUris = [], additionalOrigins = [] }: OidcConfiguration): string[] {
  const origins = redirectUris.map((uri) => {
    const [, scheme = "", host = ""] = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/([^/?#]*))?/i.exec(uri) ?? [];
    return `${scheme}://${host}`;
  });
  return [...new Set([...origins, ...additionalOrigins])];
}
