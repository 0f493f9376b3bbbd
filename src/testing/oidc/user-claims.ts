import type { JsonObject } from "@bufbuild/protobuf";
import { toAvatarUrl } from "../services/asset-urls.ts";
import { toLoginNames } from "../state/login-names.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { getDisplayName } from "../state/users.ts";
import {
  METADATA_SCOPE,
  ORGANIZATION_SCOPE,
  PRIMARY_DOMAIN_SCOPE,
  PROJECTS_ROLES_SCOPE,
  parseAudience,
  parseRoleOrganizations,
  parseRoles,
  RESOURCE_OWNER_SCOPE,
} from "./scopes.ts";

/** What claims are built for. */
export interface ClaimsRequest {
  readonly user: User;
  readonly scopes: readonly string[];
  /** The origin of the instance, for the URL of the picture. */
  readonly origin: string;
  /** The project of the requesting application. Default: none. */
  readonly projectId?: string | undefined;
  /** Whether to include only the roles in that project, even without scopes, as in introspection. Default: false. */
  readonly ownProjectOnly?: boolean | undefined;
}

const OWN_ROLES_CLAIM = "urn:zitadel:iam:org:project:roles";
const GENDERS: readonly (string | undefined)[] = [undefined, "female", "male", "diverse"];

/** The Zitadel-specific claims about a user. A JWT access token has only these, and the roles. */
export function createOwnClaims(store: Store, { user, scopes }: ClaimsRequest): JsonObject {
  const claims: JsonObject = {};
  for (const scope of scopes) {
    if (scope === METADATA_SCOPE) Object.assign(claims, createMetadataClaim(user));
    if (scope === RESOURCE_OWNER_SCOPE) Object.assign(claims, createOrganizationClaims(store, user));
    if (scope.startsWith(PRIMARY_DOMAIN_SCOPE)) {
      claims["urn:zitadel:iam:org:domain:primary"] = scope.slice(PRIMARY_DOMAIN_SCOPE.length);
    }
    if (scope.startsWith(ORGANIZATION_SCOPE)) {
      claims["urn:zitadel:iam:org:id"] = scope.slice(ORGANIZATION_SCOPE.length);
      Object.assign(claims, createOrganizationClaims(store, user));
    }
  }
  return claims;
}

/** The standard claims about a user (OpenID Connect Core 1.0, section 5.1), without empty and false ones. */
export function createStandardClaims(store: Store, { user, scopes, origin }: ClaimsRequest): JsonObject {
  const { human } = user;
  const claims: JsonObject = { sub: user.id };
  if (scopes.includes("profile")) {
    claims["name"] = getDisplayName(user);
    if (human !== undefined) Object.assign(claims, createPersonClaims(human, toAvatarUrl(origin, user)));
    claims["updated_at"] = Math.floor(user.changedAt / 1_000);
    claims["preferred_username"] = toLoginNames(store, user).preferred;
  }
  if (scopes.includes("email") && human !== undefined) {
    claims["email"] = human.email.address;
    if (human.email.verified) claims["email_verified"] = true;
  }
  if (scopes.includes("phone") && human?.phone !== undefined) {
    claims["phone_number"] = human.phone.address;
    if (human.phone.verified) claims["phone_number_verified"] = true;
  }
  return claims;
}

function createPersonClaims(human: NonNullable<User["human"]>, picture: string): JsonObject {
  const gender = GENDERS[human.gender];
  const { preferredLanguage } = human;
  return {
    given_name: human.givenName,
    family_name: human.familyName,
    ...(human.nickName === "" ? {} : { nickname: human.nickName }),
    ...(picture === "" ? {} : { picture }),
    ...(gender === undefined ? {} : { gender }),
    locale: ["", "und"].includes(preferredLanguage) ? null : preferredLanguage,
  };
}

function createOrganizationClaims(store: Store, { resourceOwner }: User): JsonObject {
  const organization = store.organizations.get(resourceOwner);
  if (organization === undefined) return {};
  return {
    "urn:zitadel:iam:user:resourceowner:id": organization.id,
    "urn:zitadel:iam:user:resourceowner:name": organization.name,
    "urn:zitadel:iam:user:resourceowner:primary_domain": organization.primaryDomain,
  };
}

function createMetadataClaim({ metadata }: User): JsonObject {
  if (metadata.size === 0) return {};
  const entries = [...metadata].map(([key, { value }]) => [key, Buffer.from(value).toString("base64url")]);
  return { [METADATA_SCOPE]: Object.fromEntries(entries) };
}

/** By role: the primary domains of the organizations that granted it, by organization id. */
type Roles = Record<string, Record<string, string>>;

/** The roles of a user in the requested projects. */
export function createRoleClaims(store: Store, request: ClaimsRequest): JsonObject {
  const { user, projectId, scopes } = request;
  const asked = parseRoles(scopes);
  const organizations = parseRoleOrganizations(scopes);
  const projects = listRoleProjects(store, request, asked.length > 0);
  const byProject = new Map<string, Roles>();
  for (const grant of store.authorizations.values()) {
    if (grant.userId !== user.id || grant.state !== "active" || !projects.includes(grant.projectId)) continue;
    if (organizations.length > 0 && !organizations.includes(grant.resourceOwner)) continue;
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

/** Lists the projects whose roles are included. */
function listRoleProjects(store: Store, request: ClaimsRequest, asksForRoles: boolean): readonly string[] {
  const { scopes, projectId, ownProjectOnly = false } = request;
  const asksForAll = asksForRoles || scopes.includes(PROJECTS_ROLES_SCOPE);
  const named = !ownProjectOnly && asksForAll ? parseAudience(scopes) : [];
  const project = store.projects.get(projectId ?? "");
  const tellsOwn =
    project?.projectRoleAssertion === true || ownProjectOnly || named.length > 0 || asksForRoles;
  return projectId !== undefined && tellsOwn ? [...named, projectId] : named;
}
