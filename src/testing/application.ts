import { checkOptions, requireKnown, requireOneOf, requireStrings } from "../shared/invalid-option.ts";
import { createProject } from "./project.ts";
import { addApplication, addApplicationKey } from "./state/applications.ts";
import { createLazyRsaPair } from "./state/key-pairs.ts";
import type { Store } from "./state/model/store.ts";

/** An application with a credential of each kind. */
export interface Application {
  readonly clientId: string;
  /** The project that it belongs to, which is an audience of the tokens that it exchanges. */
  readonly projectId: string;
  /** Empty if it authenticates with its key. */
  readonly clientSecret: string;
  /** The text of the file that Zitadel issues with a new key of an application. */
  readonly keyFile: string;
}

/** The options of a new application. */
export interface NewApplication {
  /** The project that it belongs to. Default: a new one. */
  readonly projectId?: string | undefined;
  /**
   * How it authenticates at the token endpoint, which accepts nothing else; introspection accepts both credentials.
   * Default: `client_secret_basic`.
   */
  readonly authMethod?: "client_secret_basic" | "private_key_jwt" | undefined;
  /** The allowed redirect URIs. Default: none. */
  readonly redirectUris?: readonly string[] | undefined;
}

/** Enum values, as the API numbers them. */
const AUTH_METHODS = { client_secret_basic: 0, private_key_jwt: 3 } as const;
const CODE = 1;
const ALL_BUT_IMPLICIT: readonly number[] = [0, 2, 3, 4];

const KNOWN: Record<keyof NewApplication, true> = { projectId: true, authMethod: true, redirectUris: true };

/** Creates an application. It is an OIDC application, since only those may exchange tokens. */
export function createApplication(store: Store, options: NewApplication = {}): Application {
  checkOptions("createApplication()", () => {
    requireKnown("", options, KNOWN);
    requireOneOf("authMethod", options.authMethod, Object.keys(AUTH_METHODS));
    if (options.redirectUris !== undefined) requireStrings("redirectUris", options.redirectUris);
  });
  const projectId = options.projectId ?? createProject(store, {}).projectId;
  const project = store.projects.get(projectId);
  if (project === undefined) throw new TypeError(`projectId: there is no project ${projectId}`);
  const application = addApplication(store, project, {
    name: `application-${store.newId()}`,
    settings: {
      type: "oidc",
      config: {
        authMethodType: AUTH_METHODS[options.authMethod ?? "client_secret_basic"],
        redirectUris: [...(options.redirectUris ?? [])],
        responseTypes: [CODE],
        grantTypes: [...ALL_BUT_IMPLICIT],
        devMode: true,
      },
    },
  });
  if (application.type !== "oidc") throw new Error("unreachable");
  const { clientId, clientSecret = "" } = application;
  const issued = addApplicationKey(store, project, application, { pair: createLazyRsaPair() });
  return {
    clientId,
    projectId,
    clientSecret,
    get keyFile() {
      return issued.keyFile;
    },
  };
}
