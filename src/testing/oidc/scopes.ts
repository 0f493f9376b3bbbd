import { OAuthError } from "./oauth-error.ts";

const STANDARD: readonly string[] = ["openid", "profile", "email", "phone", "address", "offline_access"];

/** With this scope an ID token names the user's organization, which exchanging it requires. */
export const RESOURCE_OWNER_SCOPE = "urn:zitadel:iam:user:resourceowner";
export const RESOURCE_OWNER_CLAIM: string = `${RESOURCE_OWNER_SCOPE}:id`;
export const METADATA_SCOPE = "urn:zitadel:iam:user:metadata";
export const PROJECTS_ROLES_SCOPE = "urn:zitadel:iam:org:projects:roles";
export const ROLE_SCOPE = "urn:zitadel:iam:org:project:role:";
export const ORGANIZATION_SCOPE = "urn:zitadel:iam:org:id:";
export const PRIMARY_DOMAIN_SCOPE = "urn:zitadel:iam:org:domain:primary:";
const ROLE_ORGANIZATION_SCOPE = "urn:zitadel:iam:org:roles:id:";
const PROJECT_SCOPE = "urn:zitadel:iam:org:project:id:";
const IDENTITY_PROVIDER_SCOPE = "urn:zitadel:iam:org:idp:id:";

const OWN: readonly string[] = [
  METADATA_SCOPE,
  RESOURCE_OWNER_SCOPE,
  PROJECTS_ROLES_SCOPE,
  "urn:zitadel:iam:user:groups",
  "groups",
];

/** Scopes with these prefixes grant something, unlike scopes for claims about the user. */
const GRANTING: readonly string[] = [
  ROLE_SCOPE,
  PROJECT_SCOPE,
  ORGANIZATION_SCOPE,
  PRIMARY_DOMAIN_SCOPE,
  ROLE_ORGANIZATION_SCOPE,
  IDENTITY_PROVIDER_SCOPE,
];

const NO_SCOPE =
  "The scope of your request is missing. Please ensure some scopes are requested. " +
  "If you have any questions, you may contact the administrator of the application.";

/** Reads the requested scopes. An empty parameter is one unknown scope. */
export function parseScopes(form: URLSearchParams): string[] {
  const scope = form.get("scope");
  return scope === null ? [] : scope.split(" ");
}

/** Keeps the scopes that the server knows. `roles`: those of the application's project, or all. */
export function filterKnownScopes(asked: readonly string[], roles: readonly string[] | "all"): string[] {
  if (asked.length === 0) throw new OAuthError("invalid_request", NO_SCOPE);
  return asked.filter((scope) => {
    if (STANDARD.includes(scope) || OWN.includes(scope)) return true;
    if (!scope.startsWith(ROLE_SCOPE)) return GRANTING.some((prefix) => scope.startsWith(prefix));
    return roles === "all" || roles.includes(scope.slice(ROLE_SCOPE.length));
  });
}

/** Lists the audiences that scopes name. */
export function parseAudience(scopes: readonly string[]): string[] {
  return scopes.flatMap((scope) => /^urn:zitadel:iam:org:project:id:(.+):aud$/.exec(scope)?.[1] ?? []);
}

/** Adds the audiences that scopes name to others. */
export function addAudience(audience: readonly string[], scopes: readonly string[]): string[] {
  return [...new Set([...audience, ...parseAudience(scopes)])];
}

/** Lists the roles that scopes name. */
export function parseRoles(scopes: readonly string[]): string[] {
  return scopes.filter((one) => one.startsWith(ROLE_SCOPE)).map((one) => one.slice(ROLE_SCOPE.length));
}

/** Lists the organizations to which scopes limit the roles. */
export function parseRoleOrganizations(scopes: readonly string[]): string[] {
  const asked = scopes.filter((one) => one.startsWith(ROLE_ORGANIZATION_SCOPE));
  return asked.map((one) => one.slice(ROLE_ORGANIZATION_SCOPE.length));
}

/** Whether a scope grants something, unlike scopes for claims about the user. */
export function grantsAccess(scope: string): boolean {
  return (
    scope === "offline_access" ||
    scope === PROJECTS_ROLES_SCOPE ||
    GRANTING.some((prefix) => scope.startsWith(prefix))
  );
}
