import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ProjectService } from "../../../gen/zitadel/project/v2beta/project_service_pb.js";
import { isProjectGrantVisible, isRoleVisible } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import type { State } from "../state/model/aggregate.ts";
import type { ProjectGrant, StoredProject } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import {
  addProject,
  addProjectGrant,
  addRoles,
  changeProject,
  changeProjectGrant,
  changeRole,
  removeProject,
  removeProjectGrant,
  removeRole,
  requireParentProject,
  requireProject,
  setGrantState,
  setProjectState,
} from "../state/projects.ts";
import { findRemovalDate } from "./details.ts";
import { findPage, toPagination } from "./lists.ts";
import {
  findProject,
  findProjectGrants,
  findProjectRoles,
  listProjects,
  PROJECT_GRANT_KEYS,
  PROJECT_ROLE_KEYS,
  toNewProject,
  toProjectGrantView,
  toProjectRoleView,
  toProjectView,
} from "./project-queries.ts";
import { findHistory, isRoleEvent } from "./v1/history.ts";

/** zitadel.project.v2beta.ProjectService */
export function createProjectV2beta(store: Store): Handlers<typeof ProjectService> {
  return { ...createProjectHandlers(store), ...createRoleHandlers(store), ...createGrantHandlers(store) };
}

function createProjectHandlers(store: Store): Handlers<typeof ProjectService> {
  const setState =
    (state: State) =>
    ({ id }: { id: string }) => {
      const project = requireProject(store, id, "COMMAND-112M9");
      setProjectState(store, project, state);
      return { changeDate: timestampFromMs(project.changedAt) };
    };
  return {
    createProject: (request) => {
      const project = addProject(store, toNewProject(request, request.id));
      return { id: project.id, creationDate: timestampFromMs(project.createdAt) };
    },
    updateProject: ({ id, name, projectRoleAssertion, projectRoleCheck, hasProjectCheck, ...request }) => {
      const project = requireProject(store, id);
      const { privateLabelingSetting } = request;
      const access = { authorizationRequired: projectRoleCheck, projectAccessRequired: hasProjectCheck };
      changeProject(store, project, { name, projectRoleAssertion, privateLabelingSetting, ...access });
      return { changeDate: timestampFromMs(project.changedAt) };
    },
    deleteProject: ({ id }) => {
      const project = store.projects.get(id);
      // Removing an unknown project is not an error.
      if (project === undefined) return { deletionDate: findRemovalDate(store, id, "project.removed") };
      removeProject(store, project);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    getProject: ({ id }) => ({ project: toProjectView(store, findProject(store, id)) }),
    listProjects: (request, { caller }) => {
      const { page, visible } = listProjects(store, caller, request);
      return { pagination: toPagination(page), projects: visible.map((one) => toProjectView(store, one)) };
    },
    activateProject: setState("active"),
    deactivateProject: setState("inactive"),
  };
}

/** The RPCs for roles, which are the same in v2. */
export function createRoleHandlers(store: Store): Handlers<typeof ProjectService> {
  return {
    addProjectRole: ({ projectId, roleKey: key, displayName, group = "" }) => {
      const project = requireParentProject(store, projectId);
      addRoles(store, project, [{ key, displayName, group }]);
      return { creationDate: timestampFromMs(project.changedAt) };
    },
    updateProjectRole: ({ projectId, roleKey, displayName, group }) => {
      const project = requireParentProject(store, projectId);
      // Omitted fields become empty.
      const role = changeRole(store, project, roleKey, {
        displayName: displayName ?? "",
        group: group ?? "",
      });
      return { changeDate: timestampFromMs(role.changedAt) };
    },
    removeProjectRole: ({ projectId, roleKey }) => {
      const project = store.projects.get(projectId);
      if (project?.roles.has(roleKey) === true) {
        removeRole(store, project, roleKey);
        return { removalDate: timestampFromMs(project.changedAt) };
      }
      const object = { aggregateType: "project", id: projectId };
      const history = findHistory(store, object, (event) => isRoleEvent(event, roleKey));
      return history === undefined ? {} : { removalDate: timestampFromMs(history.changedAt) };
    },
    listProjectRoles: (request, { caller }) => {
      const { projectId, filters } = request;
      const page = findPage(findProjectRoles(store, projectId, filters), request, PROJECT_ROLE_KEYS);
      const project = store.projects.get(projectId);
      const visible = page.items.filter(({ key }) => isRoleVisible(store, caller, project, key));
      const projectRoles = visible.map((role) => toProjectRoleView(projectId, role));
      return { pagination: toPagination(page), projectRoles };
    },
  };
}

/** The RPCs for project grants. In v2 only the filters have different names. */
export function createGrantHandlers(store: Store): Handlers<typeof ProjectService> {
  interface GrantRequest {
    readonly projectId: string;
    readonly grantedOrganizationId: string;
  }
  const find = ({ projectId, grantedOrganizationId }: GrantRequest): [StoredProject, ProjectGrant] => {
    const project = store.projects.get(projectId);
    const grant = project?.grants.get(grantedOrganizationId);
    if (project === undefined || grant === undefined) {
      throw zitadelError(Code.NotFound, "PROJECT-D8JxR", "Project Grant not found");
    }
    return [project, grant];
  };
  const setState = (state: State) => (request: GrantRequest) => {
    requireParentProject(store, request.projectId);
    const [project, grant] = find(request);
    setGrantState(store, project, grant, state);
    return { changeDate: timestampFromMs(grant.changedAt) };
  };
  return {
    createProjectGrant: ({ projectId, grantedOrganizationId, roleKeys }) => {
      const project = requireParentProject(store, projectId);
      const grant = addProjectGrant(store, project, grantedOrganizationId, roleKeys);
      return { creationDate: timestampFromMs(grant.createdAt) };
    },
    updateProjectGrant: (request) => {
      const [project, grant] = find(request);
      changeProjectGrant(store, project, grant, request.roleKeys);
      return { changeDate: timestampFromMs(grant.changedAt) };
    },
    // Removing an unknown grant is not an error.
    deleteProjectGrant: ({ projectId, grantedOrganizationId }) => {
      const project = store.projects.get(projectId);
      const grant = project?.grants.get(grantedOrganizationId);
      if (project === undefined) return {};
      if (grant !== undefined) removeProjectGrant(store, project, grant);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    activateProjectGrant: setState("active"),
    deactivateProjectGrant: setState("inactive"),
    listProjectGrants: (request, { caller }) => {
      const page = findPage(findProjectGrants(store, request.filters), request, PROJECT_GRANT_KEYS);
      const visible = page.items.filter(({ project, grant }) =>
        isProjectGrantVisible(store, caller, project, grant),
      );
      const projectGrants = visible.map(({ project, grant }) => toProjectGrantView(store, project, grant));
      return { pagination: toPagination(page), projectGrants };
    },
  };
}
