import { checkOptions, requireKnown } from "../shared/invalid-option.ts";
import { createProject } from "./project.ts";
import { addApplication, addApplicationKey } from "./state/applications.ts";
import type { Store } from "./state/model/store.ts";

/** An application with a credential of each kind. */
export interface Application {
  readonly clientId: string;
  /** The project that it belongs to: an audience of what it is to exchange. */
  readonly projectId: string;
  readonly clientSecret: string;
  /** The file that Zitadel gives out with a new key of an application, as text. */
  readonly keyFile: string;
}

/** What an application is created from. */
export interface NewApplication {
  /** The project that it belongs to. Default: a new one. */
  readonly projectId?: string | undefined;
}

const API_BASIC = 0;

/** Stores a new application. */
export async function createApplication(store: Store, options: NewApplication = {}): Promise<Application> {
  checkOptions("createApplication()", () => requireKnown("", options, { projectId: true }));
  const projectId = options.projectId ?? createProject(store, {}).projectId;
  const project = store.projects.get(projectId);
  if (project === undefined) throw new TypeError(`projectId: there is no project ${projectId}`);
  const application = addApplication(store, project, {
    name: `application-${store.newId()}`,
    settings: { type: "api", authMethodType: API_BASIC },
  });
  if (application.type !== "api" || application.clientSecret === undefined) throw new Error("unreachable");
  const { clientId, clientSecret } = application;
  const { keyFile } = await addApplicationKey(store, project, application);
  return { clientId, projectId, clientSecret, keyFile };
}
