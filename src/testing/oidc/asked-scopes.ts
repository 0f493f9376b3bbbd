import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { OidcApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import { OAuthError } from "./oauth-error.ts";
import { addAudience, ORGANIZATION_SCOPE, PRIMARY_DOMAIN_SCOPE, parseRoles, ROLE_SCOPE } from "./scopes.ts";

/** The resolved scopes of an application's request. */
export interface ResolvedScopes {
  readonly scopes: readonly string[];
  /** The ids of the project, of its clients, and of the projects that the scopes name. */
  readonly audience: readonly string[];
  /** The organization whose users may sign in. Empty: any. */
  readonly organizationId: string;
}

/** Resolves the scopes of a request. */
export function resolveScopes(
  store: Store,
  { projectId }: OidcApplication,
  asked: readonly string[],
): ResolvedScopes {
  const project = store.projects.get(projectId);
  const organizationId = findOrganization(store, asked);
  const addsRoles = project?.projectRoleAssertion === true && parseRoles(asked).length === 0;
  const added = addsRoles ? [...project.roles.keys()].map((role) => `${ROLE_SCOPE}${role}`) : [];
  const scopes = [...asked, ...added];
  const clients = [...store.applications.values()].flatMap((one) =>
    one.projectId === projectId && one.type !== "saml" ? one.clientId : [],
  );
  return { scopes, audience: addAudience([...clients, projectId], scopes), organizationId };
}

function findOrganization(store: Store, scopes: readonly string[]): string {
  const named = scopes.flatMap((scope) => {
    if (scope.startsWith(ORGANIZATION_SCOPE)) {
      return (
        store.organizations.get(scope.slice(ORGANIZATION_SCOPE.length))?.id ?? throwUnknownOrganization()
      );
    }
    if (!scope.startsWith(PRIMARY_DOMAIN_SCOPE)) return [];
    const domain = scope.slice(PRIMARY_DOMAIN_SCOPE.length);
    const found = [...store.organizations.values()].find((one) => one.primaryDomain === domain);
    return found?.id ?? throwUnknownOrganization();
  });
  if (new Set(named).size > 1) {
    throw new OAuthError("invalid_scope", "Only one organization scope may be provided");
  }
  return named[0] ?? "";
}

function throwUnknownOrganization(): never {
  throw zitadelError(Code.NotFound, "QUERY-iTTGJ", "Errors.Org.NotFound");
}
