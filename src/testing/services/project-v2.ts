import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { State } from "../state/model/aggregate.ts";
import type { ProjectSettings } from "../state/model/project.ts";
import type { Store } from "../state/model/store.ts";
import {
  addProject,
  changeProject,
  type NewStoredProject,
  removeProject,
  requireProject,
  setProjectState,
} from "../state/projects.ts";
import type { Changes } from "../state/store.ts";
import { findRemovalDate } from "./details.ts";
import { type ListRequest, toPagination } from "./lists.ts";
import type { NewerHandlers } from "./newer.ts";
import {
  findProject,
  type ListedProject,
  listProjects,
  type ProjectFilter,
  toNewProject,
  toProjectView,
} from "./project-queries.ts";
import { createGrantHandlers, createRoleHandlers } from "./project-v2beta.ts";

interface ById {
  readonly projectId: string;
}

/** zitadel.project.v2.ProjectService: like v2beta, but with some different names. */
export function createProjectV2(store: Store): NewerHandlers {
  return { ...createRoleHandlers(store), ...createGrantHandlers(store), ...createProjectHandlers(store) };
}

function createProjectHandlers(store: Store): NewerHandlers {
  const setState = (state: State) => (request: ById) => {
    const project = requireProject(store, request.projectId, "COMMAND-112M9");
    setProjectState(store, project, state);
    return { changeDate: timestampFromMs(project.changedAt) };
  };
  return {
    createProject: (request: NewStoredProject & ProjectSettings & Partial<ById>) => {
      const project = addProject(store, toNewProject(request, request.projectId));
      return { projectId: project.id, creationDate: timestampFromMs(project.createdAt) };
    },
    updateProject: ({ projectId, ...request }: Changes<ProjectSettings> & ById) => {
      const project = requireProject(store, projectId);
      const { name, projectRoleAssertion, privateLabelingSetting } = request;
      const { authorizationRequired, projectAccessRequired } = request;
      const access = { authorizationRequired, projectAccessRequired };
      changeProject(store, project, { name, projectRoleAssertion, privateLabelingSetting, ...access });
      return { changeDate: timestampFromMs(project.changedAt) };
    },
    // Removing an unknown project is not an error.
    deleteProject: ({ projectId }: ById) => {
      const project = store.projects.get(projectId);
      if (project === undefined)
        return { deletionDate: findRemovalDate(store, projectId, "project.removed") };
      removeProject(store, project);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    getProject: ({ projectId }: ById) => ({ project: toView(store, findProject(store, projectId)) }),
    listProjects: (request: ListRequest<ProjectFilter>, { caller }) => {
      const { page, visible } = listProjects(store, caller, request);
      return { pagination: toPagination(page), projects: visible.map((one) => toView(store, one)) };
    },
    activateProject: setState("active"),
    deactivateProject: setState("inactive"),
  };
}

function toView(store: Store, one: ListedProject): object {
  const { id: projectId, ...fields } = toProjectView(store, one);
  return { projectId, ...fields };
}
