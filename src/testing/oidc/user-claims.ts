import type { JsonObject } from "@bufbuild/protobuf";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { displayName } from "../state/users.ts";
import { audienceFrom, RESOURCE_OWNER_SCOPE } from "./grant.ts";

/** Whose claims, and for whom. */
export interface ClaimsRequest {
  readonly user: User;
  readonly scopes: readonly string[];
  /** The project of the application that asks. Default: none. */
  readonly projectId?: string | undefined;
  /** Only the roles in that project, which need not be asked for: as introspection has it. Default: false. */
  readonly ownProjectOnly?: boolean | undefined;
}

const PROJECTS_ROLES_SCOPE = "urn:zitadel:iam:org:projects:roles";
const ROLE_SCOPE = "urn:zitadel:iam:org:project:role:";
const ORGANIZATION_SCOPE = "urn:zitadel:iam:org:id:";
const PRIMARY_DOMAIN_SCOPE = "urn:zitadel:iam:org:domain:primary:";
const OWN_ROLES_CLAIM = "urn:zitadel:iam:org:project:roles";
const METADATA_SCOPE = "urn:zitadel:iam:user:metadata";

/** The claims about a user, which have names of Zitadel's own: all that a JWT has of them. */
export function ownClaims(store: Store, request: ClaimsRequest): JsonObject {
  const claims: JsonObject = {};
  const { user, scopes } = request;
  for (const scope of scopes) {
    if (scope === METADATA_SCOPE) Object.assign(claims, metadataClaim(user));
    if (scope === RESOURCE_OWNER_SCOPE) Object.assign(claims, organizationClaims(store, user));
    if (scope.startsWith(PRIMARY_DOMAIN_SCOPE)) {
      claims["urn:zitadel:iam:org:domain:primary"] = scope.slice(PRIMARY_DOMAIN_SCOPE.length);
    }
    if (scope.startsWith(ORGANIZATION_SCOPE)) {
      claims["urn:zitadel:iam:org:id"] = scope.slice(ORGANIZATION_SCOPE.length);
      Object.assign(claims, organizationClaims(store, user));
    }
  }
  return { ...claims, ...roleClaims(store, request) };
}

/** The standard claims about a user (OpenID Connect Core 1.0 section 5.1). */
export function standardClaims({ user, scopes }: ClaimsRequest): JsonObject {
  const { human, username, changedAt } = user;
  const names = human && { given_name: human.givenName, family_name: human.familyName };
  const profile = {
    name: displayName(user),
    ...names,
    updated_at: Math.floor(changedAt / 1_000),
    preferred_username: username,
  };
  const email = human && { email: human.email.address, email_verified: human.email.verified };
  return {
    sub: user.id,
    ...(scopes.includes("profile") ? profile : {}),
    ...(scopes.includes("email") ? email : {}),
  };
}

function organizationClaims(store: Store, { resourceOwner }: User): JsonObject {
  const organization = store.organizations.get(resourceOwner);
  if (organization === undefined) return {};
  return {
    "urn:zitadel:iam:user:resourceowner:id": organization.id,
    "urn:zitadel:iam:user:resourceowner:name": organization.name,
    "urn:zitadel:iam:user:resourceowner:primary_domain": organization.primaryDomain,
  };
}

function metadataClaim({ metadata }: User): JsonObject {
  if (metadata.size === 0) return {};
  const entries = [...metadata].map(([key, { value }]) => [key, Buffer.from(value).toString("base64url")]);
  return { [METADATA_SCOPE]: Object.fromEntries(entries) };
}

/** By role, the organizations that have given it, with their domains. */
type Roles = Record<string, Record<string, string>>;

function roleClaims(store: Store, request: ClaimsRequest): JsonObject {
  const { user, projectId } = request;
  const asked = request.scopes.flatMap((scope) =>
    scope.startsWith(ROLE_SCOPE) ? scope.slice(ROLE_SCOPE.length) : [],
  );
  const projects = rolesFor(request, asked.length > 0);
  const byProject = new Map<string, Roles>();
  for (const grant of store.authorizations.values()) {
    if (grant.userId !== user.id || grant.state !== "active" || !projects.includes(grant.projectId)) continue;
    const roles = grant.roleKeys.filter((role) => asked.length === 0 || asked.includes(role));
    const known = byProject.get(grant.projectId) ?? {};
    const domain = store.organizations.get(grant.resourceOwner)?.primaryDomain ?? "";
    for (const role of roles) known[role] = { ...known[role], [grant.resourceOwner]: domain };
    if (roles.length > 0) byProject.set(grant.projectId, known);
  }
  const claims = [...byProject].map(([id, roles]) => [`urn:zitadel:iam:org:project:${id}:roles`, roles]);
  const own = byProject.get(projectId ?? "");
  return { ...Object.fromEntries(claims), ...(own === undefined ? {} : { [OWN_ROLES_CLAIM]: own }) };
}

/** The projects whose roles are told. */
function rolesFor(request: ClaimsRequest, asksForRoles: boolean): readonly string[] {
  const { scopes, projectId, ownProjectOnly = false } = request;
  const own = projectId === undefined ? [] : [projectId];
  if (ownProjectOnly) return own;
  if (!asksForRoles && !scopes.includes(PROJECTS_ROLES_SCOPE)) return [];
  const named = audienceFrom(scopes);
  return named.length > 0 || asksForRoles ? [...named, ...own] : [];
}
