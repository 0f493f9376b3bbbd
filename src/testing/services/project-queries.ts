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
import { isInProject, isProjectGrantVisible } from "../access/visibility.ts";
import type { Caller } from "../handlers.ts";
import type { ProjectGrant, ProjectRole, ProjectSettings, StoredProject } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import { type NewStoredProject, requireProject } from "../state/projects.ts";
import { findPage, type ListRequest, type Page, type SortKeys } from "./lists.ts";
import { textMatches } from "./matching.ts";

/** The numbers of ProjectState, GrantState and similar enums, in every version of the API. */
export const STATE_NUMBER = { active: 1, inactive: 2 } as const;

/** A project as its owner sees it or, if it has a grant, as another organization does. */
export interface ListedProject {
  readonly project: StoredProject;
  readonly grant: ProjectGrant | undefined;
}

/** A filter of v2beta or v2. */
export interface ProjectFilter {
  readonly filter:
    | ProjectSearchFilter["filter"]
    | { case: "organizationIdFilter"; value: { organizationId: string; type: number } };
}

/** Which projects of an organization to list, by the enum's numbers in the API. Any other number means both. */
const [OWNED, GRANTED] = [1, 2];

/** Finds the projects and granted projects that match the filters. */
function findProjects(store: Store, filters: readonly ProjectFilter[]): ListedProject[] {
  const all = [...store.projects.values()].flatMap((project): ListedProject[] => [
    { project, grant: undefined },
    ...[...project.grants.values()].map((grant) => ({ project, grant })),
  ]);
  return all.filter((one) => filters.every((filter) => matchesProject(one, filter)));
}

function matchesProject({ project, grant }: ListedProject, { filter }: ProjectFilter): boolean {
  switch (filter.case) {
    case "projectNameFilter":
      return textMatches(project.name, filter.value.projectName, filter.value.method);
    case "inProjectIdsFilter":
      return filter.value.ids.includes(project.id);
    case "projectResourceOwnerFilter":
      return project.resourceOwner === filter.value.id;
    case "projectGrantResourceOwnerFilter":
      return grant !== undefined && project.resourceOwner === filter.value.id;
    case "projectOrganizationIdFilter":
      return belongsTo({ project, grant }, filter.value.id);
    case "organizationIdFilter":
      return belongsTo({ project, grant }, filter.value.organizationId, filter.value.type);
    default:
      return true;
  }
}

/** Finds a page of projects. `visible`: those that the caller may see. */
export function listProjects(
  store: Store,
  caller: Caller | undefined,
  request: ListRequest<ProjectFilter>,
): { readonly page: Page<ListedProject>; readonly visible: readonly ListedProject[] } {
  const page = findPage(findProjects(store, request.filters), request, PROJECT_KEYS);
  const visible = page.items.filter(({ project, grant }) =>
    grant === undefined
      ? isInProject(store, caller, "project.read", project)
      : isProjectGrantVisible(store, caller, project, grant),
  );
  return { page, visible };
}

/** Finds a project to read. Throws if there is none. */
export function findProject(store: Store, id: string): ListedProject {
  return { project: requireProject(store, id, "QUERY-fk2fs"), grant: undefined };
}

/** Reads a new project from a request. Its id is separate, since the name of that field differs between versions. */
export function toNewProject(
  request: ProjectSettings & Pick<NewStoredProject, "organizationId">,
  id: string | undefined,
): NewStoredProject {
  const { organizationId, name, projectRoleAssertion, authorizationRequired, projectAccessRequired } =
    request;
  const { privateLabelingSetting } = request;
  const access = { authorizationRequired, projectAccessRequired };
  return { id, organizationId, name, projectRoleAssertion, ...access, privateLabelingSetting };
}

/** Whether an organization owns a project, or the project is granted to it. */
function belongsTo({ project, grant }: ListedProject, organizationId: string, type?: number): boolean {
  const owned = type !== GRANTED && project.resourceOwner === organizationId;
  return owned || (type !== OWNED && grant?.grantedOrganizationId === organizationId);
}

/** Granted projects are sorted by the dates of their grant. */
const PROJECT_KEYS: SortKeys<ListedProject> = [
  ({ project, grant }) => (grant ?? project).createdAt,
  ({ project }) => project.id,
  ({ project, grant }) => (grant ?? project).createdAt,
  ({ project, grant }) => (grant ?? project).changedAt,
  ({ project }) => project.name,
];

/** A grant and its project. */
interface ListedGrant {
  readonly project: StoredProject;
  readonly grant: ProjectGrant;
}

/** A filter of v2beta or v2. */
interface ProjectGrantFilter {
  readonly filter:
    | ProjectGrantSearchFilter["filter"]
    | { case: "organizationIdFilter" | "grantedOrganizationIdFilter"; value: { id: string } };
}

/** Finds the project grants that match the filters. */
export function findProjectGrants(store: Store, filters: readonly ProjectGrantFilter[]): ListedGrant[] {
  const all = [...store.projects.values()].flatMap((project) =>
    [...project.grants.values()].map((grant) => ({ project, grant })),
  );
  return all.filter((one) => filters.every((filter) => matchesGrant(one, filter)));
}

function matchesGrant({ project, grant }: ListedGrant, { filter }: ProjectGrantFilter): boolean {
  switch (filter.case) {
    case "projectNameFilter":
      return textMatches(project.name, filter.value.projectName, filter.value.method);
    case "roleKeyFilter":
      return grant.roleKeys.includes(filter.value.key);
    case "inProjectIdsFilter":
      return filter.value.ids.includes(project.id);
    case "projectResourceOwnerFilter":
    case "organizationIdFilter":
      return project.resourceOwner === filter.value.id;
    case "projectGrantResourceOwnerFilter":
    case "grantedOrganizationIdFilter":
      return grant.grantedOrganizationId === filter.value.id;
    default:
      return true;
  }
}

export const PROJECT_GRANT_KEYS: SortKeys<ListedGrant> = [
  ({ grant }) => grant.createdAt,
  ({ project }) => project.id,
  ({ grant }) => grant.createdAt,
  ({ grant }) => grant.changedAt,
];

export const PROJECT_ROLE_KEYS: SortKeys<ProjectRole> = [
  ({ createdAt }) => createdAt,
  ({ key }) => key,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
];

/** Finds the roles of a project that match the filters. An unknown project has none. */
export function findProjectRoles(
  store: Store,
  projectId: string,
  filters: readonly ProjectRoleSearchFilter[],
): ProjectRole[] {
  const roles = [...(store.projects.get(projectId)?.roles.values() ?? [])];
  return roles.filter((role) => filters.every((filter) => matchesRole(role, filter)));
}

function matchesRole({ key, displayName }: ProjectRole, { filter }: ProjectRoleSearchFilter): boolean {
  switch (filter.case) {
    case "roleKeyFilter":
      return textMatches(key, filter.value.key, filter.value.method);
    case "displayNameFilter":
      return textMatches(displayName, filter.value.displayName, filter.value.method);
    default:
      return true;
  }
}

/** Converts a project to the form in which v2beta shows it. In v2 the field of the id has a different name. */
export function toProjectView(
  store: Store,
  { project, grant }: ListedProject,
): MessageInitShape<typeof ProjectSchema> {
  const { name, state, projectRoleAssertion, authorizationRequired, projectAccessRequired } = project;
  const { createdAt, changedAt } = grant ?? project;
  const granted = grant && {
    grantedOrganizationId: grant.grantedOrganizationId,
    grantedOrganizationName: store.organizations.get(grant.grantedOrganizationId)?.name ?? "",
    grantedState: STATE_NUMBER[grant.state],
  };
  return {
    id: project.id,
    organizationId: project.resourceOwner,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    name,
    state: STATE_NUMBER[state],
    projectRoleAssertion,
    authorizationRequired,
    projectAccessRequired,
    privateLabelingSetting: project.privateLabelingSetting,
    ...granted,
  };
}

/** Converts a role to the form in which v2beta and v2 show it. */
export function toProjectRoleView(
  projectId: string,
  { key, displayName, group, createdAt, changedAt }: ProjectRole,
): MessageInitShape<typeof ProjectRoleSchema> {
  const times = { creationDate: timestampFromMs(createdAt), changeDate: timestampFromMs(changedAt) };
  return { projectId, key, ...times, displayName, group };
}

/** Converts a grant to the form in which v2beta and v2 show it. */
export function toProjectGrantView(
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
