import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  ProjectGrantSchema,
  ProjectGrantSearchFilter,
  ProjectRoleSchema,
  ProjectRoleSearchFilter,
  ProjectSchema,
  ProjectSearchFilter,
} from "../../../gen/zitadel/project/v2beta/query_pb.js";
import type { ProjectGrant, ProjectRole, StoredProject } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import { textMatches } from "./matching.ts";

/** ProjectState, GrantState and their like: the same numbers in every version of the API. */
export const STATE_NUMBER = { active: 1, inactive: 2 } as const;

/** A project as one of its organizations has it: the owner, or, with a grant, another one. */
export interface ListedProject {
  readonly project: StoredProject;
  readonly grant: ProjectGrant | undefined;
}

/** All projects and granted projects that pass the filters. */
export function findProjects(store: Store, filters: readonly ProjectSearchFilter[]): ListedProject[] {
  const all = [...store.projects.values()].flatMap((project): ListedProject[] => [
    { project, grant: undefined },
    ...[...project.grants.values()].map((grant) => ({ project, grant })),
  ]);
  return all.filter((one) => filters.every((filter) => projectPasses(one, filter)));
}

function projectPasses({ project, grant }: ListedProject, { filter }: ProjectSearchFilter): boolean {
  switch (filter.case) {
    case "projectNameFilter":
      return textMatches(project.name, filter.value.projectName, filter.value.method);
    case "inProjectIdsFilter":
      return filter.value.ids.includes(project.id);
    case "projectResourceOwnerFilter":
      return project.resourceOwner === filter.value.id;
    case "projectGrantResourceOwnerFilter":
      return grant?.grantedOrganizationId === filter.value.id;
    case "projectOrganizationIdFilter":
      return (grant?.grantedOrganizationId ?? project.resourceOwner) === filter.value.id;
    default:
      return true;
  }
}

/** A grant and its project. */
interface ListedGrant {
  readonly project: StoredProject;
  readonly grant: ProjectGrant;
}

/** All project grants that pass the filters. */
export function findProjectGrants(store: Store, filters: readonly ProjectGrantSearchFilter[]): ListedGrant[] {
  const all = [...store.projects.values()].flatMap((project) =>
    [...project.grants.values()].map((grant) => ({ project, grant })),
  );
  return all.filter((one) => filters.every((filter) => grantPasses(one, filter)));
}

function grantPasses({ project, grant }: ListedGrant, { filter }: ProjectGrantSearchFilter): boolean {
  switch (filter.case) {
    case "projectNameFilter":
      return textMatches(project.name, filter.value.projectName, filter.value.method);
    case "roleKeyFilter":
      return grant.roleKeys.some((key) => textMatches(key, filter.value.key, filter.value.method));
    case "inProjectIdsFilter":
      return filter.value.ids.includes(project.id);
    case "projectResourceOwnerFilter":
      return project.resourceOwner === filter.value.id;
    case "projectGrantResourceOwnerFilter":
      return grant.grantedOrganizationId === filter.value.id;
    default:
      return true;
  }
}

/** The roles of a project that pass the filters; an unknown project has none. */
export function findProjectRoles(
  store: Store,
  projectId: string,
  filters: readonly ProjectRoleSearchFilter[],
): ProjectRole[] {
  const roles = [...(store.projects.get(projectId)?.roles.values() ?? [])];
  return roles.filter((role) => filters.every((filter) => rolePasses(role, filter)));
}

function rolePasses({ key, displayName }: ProjectRole, { filter }: ProjectRoleSearchFilter): boolean {
  switch (filter.case) {
    case "roleKeyFilter":
      return textMatches(key, filter.value.key, filter.value.method);
    case "displayNameFilter":
      return textMatches(displayName, filter.value.displayName, filter.value.method);
    default:
      return true;
  }
}

/** A project as v2beta shows it. */
export function projectView(
  project: StoredProject,
  grant?: ProjectGrant,
  store?: Store,
): MessageInitShape<typeof ProjectSchema> {
  const { id, name, state, projectRoleAssertion, authorizationRequired, projectAccessRequired } = project;
  const granted = grant && {
    grantedOrganizationId: grant.grantedOrganizationId,
    grantedOrganizationName: store?.organizations.get(grant.grantedOrganizationId)?.name ?? "",
    grantedState: STATE_NUMBER[grant.state],
  };
  return {
    id,
    organizationId: project.resourceOwner,
    creationDate: timestampFromMs(project.createdAt),
    changeDate: timestampFromMs(project.changedAt),
    name,
    state: STATE_NUMBER[state],
    projectRoleAssertion,
    authorizationRequired,
    projectAccessRequired,
    privateLabelingSetting: project.privateLabelingSetting,
    ...granted,
  };
}

/** A role as v2beta shows it. */
export function projectRoleView(
  projectId: string,
  { key, displayName, group, createdAt, changedAt }: ProjectRole,
): MessageInitShape<typeof ProjectRoleSchema> {
  const times = { creationDate: timestampFromMs(createdAt), changeDate: timestampFromMs(changedAt) };
  return { projectId, key, ...times, displayName, group };
}

/** A grant as v2beta shows it. */
export function projectGrantView(
  store: Store,
  project: StoredProject,
  grant: ProjectGrant,
): MessageInitShape<typeof ProjectGrantSchema> {
  const { grantedOrganizationId, roleKeys, state } = grant;
  return {
    organizationId: project.resourceOwner,
    creationDate: timestampFromMs(grant.createdAt),
    changeDate: timestampFromMs(grant.changedAt),
    grantedOrganizationId,
    grantedOrganizationName: store.organizations.get(grantedOrganizationId)?.name ?? "",
    grantedRoleKeys: [...roleKeys],
    projectId: project.id,
    projectName: project.name,
    state: STATE_NUMBER[state],
  };
}
