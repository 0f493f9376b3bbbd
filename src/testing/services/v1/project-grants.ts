import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type {
  AllProjectGrantQuery,
  GrantedProjectSchema,
  ProjectGrantQuery,
  ProjectQuery,
} from "../../../../gen/zitadel/project_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { ProjectGrant, StoredProject } from "../../state/model/project.ts";
import type { Store } from "../../state/model/store.ts";
import {
  addProjectGrant,
  changeProjectGrant,
  removeProjectGrant,
  setGrantState,
} from "../../state/projects.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { STATE_NUMBER } from "../project-queries.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";
import { findOwnProject, listRoles, requireOwnParent } from "./projects.ts";

/** A grant and its project. */
interface Granted {
  readonly project: StoredProject;
  readonly grant: ProjectGrant;
}

/** Projects that an organization grants to others, or that are granted to it. */
export function createProjectGrantsV1(store: Store): Handlers<typeof ManagementService> {
  const all = (): Granted[] =>
    [...store.projects.values()].flatMap((project) =>
      [...project.grants.values()].map((grant) => ({ project, grant })),
    );
  const read = (projectId: string, grantId: string): Granted => {
    const found = all().find(({ project, grant }) => project.id === projectId && grant.id === grantId);
    if (found !== undefined) return found;
    throw zitadelError(Code.NotFound, "QUERY-n98GGs", "Errors.ProjectGrant.NotFound");
  };
  const writable = (projectId: string, grantId: string, organizationId: string): Granted => {
    const project = findOwnProject(store, projectId, organizationId);
    const grant = [...(project?.grants.values() ?? [])].find(({ id }) => id === grantId);
    if (project !== undefined && grant !== undefined) return { project, grant };
    throw zitadelError(Code.NotFound, "PROJECT-D8JxR", "Project Grant not found");
  };
  const changed = ({ project, grant }: Granted) => ({
    details: toChangeDetailsV1({ ...grant, resourceOwner: project.resourceOwner }),
  });
  // The response has the sequence of the call's last event, even if that is about an authorization of the grant.
  const lastChanged = ({ project }: Granted) => ({
    details: toChangeDetailsV1({ ...project, sequence: store.events.lastSequence }),
  });
  const view = (one: Granted) => toGrantedProjectView(store, one);
  return {
    getGrantedProjectByID: ({ projectId, grantId }) => ({ grantedProject: view(read(projectId, grantId)) }),
    listGrantedProjects: (request, { organizationId }) => {
      const found = all().filter(
        (one) =>
          one.grant.grantedOrganizationId === organizationId &&
          matchesQueries(one, request.queries, PROJECT_MATCHERS),
      );
      return toListResponse(store, request, found, { view });
    },
    listGrantedProjectRoles: (request) => {
      const { project, grant } = read(request.projectId, request.grantId);
      return listRoles(store, request, project, grant.roleKeys);
    },
    listProjectGrantChanges: ({ projectId: aggregateId, grantId, query }, { organizationId, origin }) => {
      const object = { aggregateTypes: ["project"], aggregateId, resourceOwner: organizationId };
      return { result: findChanges(store, { ...object, data: { grantId } }, query, origin) };
    },
    getProjectGrantByID: ({ projectId, grantId }) => ({ projectGrant: view(read(projectId, grantId)) }),
    listProjectGrants: (request, { organizationId }) => {
      const found = all().filter(
        (one) =>
          one.project.id === request.projectId &&
          one.project.resourceOwner === organizationId &&
          matchesQueries(one, request.queries, MATCHERS),
      );
      return toListResponse(store, request, found, { view });
    },
    listAllProjectGrants: (request, { organizationId }) => {
      const found = all().filter(
        (one) =>
          one.project.resourceOwner === organizationId && matchesQueries(one, request.queries, MATCHERS),
      );
      return toListResponse(store, request, found, { view });
    },
    addProjectGrant: ({ projectId, grantedOrgId, roleKeys }, { organizationId }) => {
      const project = requireOwnParent(store, projectId, organizationId, "COMMAND-m9gsd");
      const grant = addProjectGrant(store, project, grantedOrgId, roleKeys);
      return { grantId: grant.id, details: toAddDetailsV1(project) };
    },
    updateProjectGrant: ({ projectId, grantId, roleKeys }, { organizationId }) => {
      const one = writable(projectId, grantId, organizationId);
      const before = one.project.sequence;
      changeProjectGrant(store, one.project, one.grant, roleKeys);
      return one.project.sequence === before ? changed(one) : lastChanged(one);
    },
    deactivateProjectGrant: ({ projectId, grantId }, { organizationId }) => {
      const one = writable(projectId, grantId, organizationId);
      setGrantState(store, one.project, one.grant, "inactive");
      return changed(one);
    },
    reactivateProjectGrant: ({ projectId, grantId }, { organizationId }) => {
      const one = writable(projectId, grantId, organizationId);
      setGrantState(store, one.project, one.grant, "active");
      return changed(one);
    },
    removeProjectGrant: ({ projectId, grantId }, { organizationId }) => {
      const one = writable(projectId, grantId, organizationId);
      removeProjectGrant(store, one.project, one.grant);
      return lastChanged(one);
    },
  };
}

const MATCHERS: Matchers<Granted, AllProjectGrantQuery | ProjectGrantQuery> = {
  projectNameQuery: ({ project }, { name, method }) => textMatches(project.name, name, method),
  roleKeyQuery: ({ grant }, { roleKey, method }) =>
    grant.roleKeys.some((key) => textMatches(key, roleKey, method)),
  projectIdQuery: ({ project }, { projectId }) => project.id === projectId,
  grantedOrgIdQuery: ({ grant }, { grantedOrgId }) => grant.grantedOrganizationId === grantedOrgId,
};

const PROJECT_MATCHERS: Matchers<Granted, ProjectQuery> = {
  nameQuery: ({ project }, { name, method }) => textMatches(project.name, name, method),
  projectResourceOwnerQuery: ({ project }, { resourceOwner }) => project.resourceOwner === resourceOwner,
};

function toGrantedProjectView(
  store: Store,
  { project, grant }: Granted,
): MessageInitShape<typeof GrantedProjectSchema> {
  const { id: grantId, grantedOrganizationId: grantedOrgId, roleKeys, state } = grant;
  const { resourceOwner } = project;
  return {
    grantId,
    grantedOrgId,
    grantedOrgName: store.organizations.get(grantedOrgId)?.name ?? "",
    grantedRoleKeys: [...roleKeys],
    state: STATE_NUMBER[state],
    projectId: project.id,
    projectName: project.name,
    projectOwnerId: resourceOwner,
    projectOwnerName: store.organizations.get(resourceOwner)?.name ?? "",
    details: toObjectDetailsV1({ ...grant, resourceOwner }),
  };
}
