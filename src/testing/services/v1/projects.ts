import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type {
  ProjectQuery,
  ProjectSchema,
  RoleQuery,
  RoleSchema,
} from "../../../../gen/zitadel/project_pb.js";
import { isInProject } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { LoggedEvent } from "../../state/event-log.ts";
import type { ProjectRole, StoredProject } from "../../state/model/project.ts";
import type { Store } from "../../state/model/store.ts";
import {
  addProject,
  addRoles,
  changeProject,
  changeRole,
  removeProject,
  removeRole,
  setProjectState,
} from "../../state/projects.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { STATE_NUMBER } from "../project-queries.ts";
import { isRoleEvent, toRemovalDetails } from "./history.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

/** Projects of an organization, and their roles. */
export function createProjectsV1(store: Store): Handlers<typeof ManagementService> {
  const writable = (id: string, organizationId: string, unknown = "COMMAND-3M9sd") => {
    const project = findOwnProject(store, id, organizationId);
    if (project === undefined) throw zitadelError(Code.NotFound, unknown, "Project not found");
    return project;
  };
  return {
    getProjectByID: ({ id }, { organizationId }) => {
      const project = store.projects.get(id);
      if (project === undefined) throw zitadelError(Code.NotFound, "QUERY-fk2fs", "Project not found");
      if (project.resourceOwner !== organizationId) {
        throw zitadelError(Code.NotFound, "MANAG-SFf2a", "Project not found");
      }
      return { project: toProjectViewV1(project) };
    },
    listProjects: (request, { organizationId, caller }) => {
      const found = [...store.projects.values()].filter(
        (one) =>
          one.resourceOwner === organizationId &&
          matchesQueries(one, request.queries, MATCHERS) &&
          isInProject(store, caller, "project.read", one),
      );
      return toListResponse(store, request, found, { view: toProjectViewV1 });
    },
    listProjectChanges: ({ projectId: aggregateId, query }, { organizationId: resourceOwner, origin }) => ({
      result: findChanges(store, { aggregateTypes: ["project"], aggregateId, resourceOwner }, query, origin),
    }),
    addProject: (request, { organizationId }) => {
      const project = addProject(store, { organizationId, ...toSettings(request) });
      return { id: project.id, details: toAddDetailsV1(project) };
    },
    updateProject: ({ id, ...request }, { organizationId }) => {
      const project = writable(id, organizationId);
      changeProject(store, project, toSettings(request));
      return { details: toChangeDetailsV1(project) };
    },
    deactivateProject: ({ id }, { organizationId }) => {
      const project = writable(id, organizationId, "COMMAND-112M9");
      setProjectState(store, project, "inactive");
      return { details: toChangeDetailsV1(project) };
    },
    reactivateProject: ({ id }, { organizationId }) => {
      const project = writable(id, organizationId);
      setProjectState(store, project, "active");
      return { details: toChangeDetailsV1(project) };
    },
    removeProject: ({ id }, { organizationId }) => {
      const project = writable(id, organizationId);
      removeProject(store, project);
      return { details: toChangeDetailsV1({ ...project, sequence: store.events.lastSequence }) };
    },
    ...createRoleHandlers(store),
  };
}

function createRoleHandlers(store: Store): Handlers<typeof ManagementService> {
  return {
    listProjectRoles: (request, { organizationId }) =>
      listRoles(store, request, findOwnProject(store, request.projectId, organizationId)),
    addProjectRole: ({ projectId, roleKey: key, displayName, group }, { organizationId }) => {
      const project = requireOwnParent(store, projectId, organizationId);
      addRoles(store, project, [{ key, displayName, group }]);
      return { details: toAddDetailsV1(project) };
    },
    // The details in the server's response are not about the roles.
    bulkAddProjectRoles: ({ projectId, roles }, { organizationId }) => {
      const project = requireOwnParent(store, projectId, organizationId);
      addRoles(store, project, roles);
      return { details: { resourceOwner: project.resourceOwner } };
    },
    updateProjectRole: ({ projectId, roleKey, displayName, group }, { organizationId }) => {
      const project = requireOwnParent(store, projectId, organizationId);
      const role = changeRole(store, project, roleKey, { displayName, group });
      return { details: toChangeDetailsV1({ ...role, resourceOwner: project.resourceOwner }) };
    },
    removeProjectRole: ({ projectId, roleKey }, { organizationId }) => {
      const project = findOwnProject(store, projectId, organizationId);
      if (project?.roles.has(roleKey) !== true) {
        const isAbout = (event: LoggedEvent): boolean =>
          event.resourceOwner === organizationId && isRoleEvent(event, roleKey);
        const object = { aggregateType: "project", id: projectId };
        return { details: toRemovalDetails(store, object, organizationId, isAbout) };
      }
      removeRole(store, project, roleKey);
      return { details: toChangeDetailsV1({ ...project, sequence: store.events.lastSequence }) };
    },
  };
}

/** Lists the roles of a project, or those of a grant. */
export function listRoles(
  store: Store,
  request: Parameters<typeof toListResponse>[1] & { readonly queries: readonly RoleQuery[] },
  project: StoredProject | undefined,
  granted?: readonly string[],
) {
  const found = [...(project?.roles.values() ?? [])].filter(
    (one) => granted?.includes(one.key) !== false && matchesQueries(one, request.queries, ROLE_MATCHERS),
  );
  const byKey = found.sort((a, b) => (a.key < b.key ? -1 : 1));
  return toListResponse(store, request, byKey, {
    view: (role) => toRoleView(role, project?.resourceOwner ?? ""),
  });
}

/** Finds a project of an organization. */
export function findOwnProject(store: Store, id: string, organizationId: string): StoredProject | undefined {
  const project = store.projects.get(id);
  return project?.resourceOwner === organizationId ? project : undefined;
}

/**
 * Finds the organization's project to add a role, grant, member or application to. Throws an error with the id
 * `unknown` if there is none.
 */
export function requireOwnParent(
  store: Store,
  id: string,
  organizationId: string,
  unknown = "COMMAND-EbFMN",
): StoredProject {
  const project = findOwnProject(store, id, organizationId);
  if (project === undefined) throw zitadelError(Code.FailedPrecondition, unknown, "Project not found");
  return project;
}

const MATCHERS: Matchers<StoredProject, ProjectQuery> = {
  nameQuery: (project, { name, method }) => textMatches(project.name, name, method),
  projectResourceOwnerQuery: (project, { resourceOwner }) => project.resourceOwner === resourceOwner,
};

const ROLE_MATCHERS: Matchers<ProjectRole, RoleQuery> = {
  keyQuery: (role, { key, method }) => textMatches(role.key, key, method),
  displayNameQuery: (role, { displayName, method }) => textMatches(role.displayName, displayName, method),
};

interface SettingsRequest {
  readonly name: string;
  readonly projectRoleAssertion: boolean;
  readonly projectRoleCheck: boolean;
  readonly hasProjectCheck: boolean;
  readonly privateLabelingSetting: number;
}

function toSettings({
  name,
  projectRoleAssertion,
  projectRoleCheck: authorizationRequired,
  hasProjectCheck: projectAccessRequired,
  privateLabelingSetting,
}: SettingsRequest) {
  return {
    name,
    projectRoleAssertion,
    authorizationRequired,
    projectAccessRequired,
    privateLabelingSetting,
  };
}

function toProjectViewV1(project: StoredProject): MessageInitShape<typeof ProjectSchema> {
  const { id, name, state, projectRoleAssertion, privateLabelingSetting } = project;
  return {
    id,
    details: toObjectDetailsV1(project),
    name,
    state: STATE_NUMBER[state],
    projectRoleAssertion,
    projectRoleCheck: project.authorizationRequired,
    hasProjectCheck: project.projectAccessRequired,
    privateLabelingSetting,
  };
}

function toRoleView(role: ProjectRole, resourceOwner: string): MessageInitShape<typeof RoleSchema> {
  const { key, displayName, group } = role;
  return { key, details: toObjectDetailsV1({ ...role, resourceOwner }), displayName, group };
}
