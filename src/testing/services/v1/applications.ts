import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { AppQuery, AppSchema } from "../../../../gen/zitadel/app_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  type ApplicationSettings,
  addApplication,
  addApplicationKey,
  configureApplication,
  newClientSecret,
  removeApplication,
  removeApplicationKey,
  renameApplication,
  requireKeys,
  setApplicationState,
} from "../../state/applications.ts";
import { generateRsaPair } from "../../state/key-pairs.ts";
import type { OidcConfiguration, StoredApplication } from "../../state/model/application.ts";
import type { StoredProject } from "../../state/model/project.ts";
import type { Store } from "../../state/model/store.ts";
import {
  loginView,
  type OidcRequest,
  oidcFields,
  samlMetadata,
  toOidcConfig,
  toSamlConfig,
} from "../application-config.ts";
import { addDetailsV1, changeDetailsV1, objectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { checkCompliance } from "../oidc-compliance.ts";
import { STATE_NUMBER } from "../project-queries.ts";
import { fulfills, listV1, type Matchers } from "./lists.ts";
import { keyViewV1, toExpiry } from "./machines.ts";
import { findOwnProject, ownParent } from "./projects.ts";

/** An application and its project. */
interface Found {
  readonly project: StoredProject;
  readonly application: StoredApplication;
}

type FindApplication = (
  request: { readonly projectId: string; readonly appId: string },
  context: { readonly organizationId: string },
) => Found | undefined;

/** Applications in an organization's projects. */
export function applicationsV1(store: Store): Handlers<typeof ManagementService> {
  const find: FindApplication = ({ projectId, appId }, { organizationId }) => {
    const project = findOwnProject(store, projectId, organizationId);
    const application = store.applications.get(appId);
    if (project === undefined || application?.projectId !== projectId) return undefined;
    return { project, application };
  };
  return {
    ...readHandlers(store, find),
    ...creationHandlers(store),
    ...changeHandlers(store, find),
    ...secretHandlers(store, find),
    ...keyHandlers(store, find),
  };
}

/** Returns the application to change. Throws an error with the id `unknown` if there is none. */
function writable(found: Found | undefined, unknown: string): Found {
  if (found === undefined) throw zitadelError(Code.NotFound, unknown, "Application doesn't exist");
  return found;
}

function readHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  return {
    getAppByID: (request, context) => {
      const found = find(request, context);
      if (found === undefined) throw zitadelError(Code.NotFound, "QUERY-pCP8P", "Errors.App.NotExisting");
      return { app: appView(found) };
    },
    listApps: (request, { organizationId }) => {
      const project = findOwnProject(store, request.projectId, organizationId);
      const found = [...store.applications.values()].flatMap((application) =>
        project !== undefined &&
        application.projectId === project.id &&
        fulfills(application, request.queries, MATCHERS)
          ? [{ project, application }]
          : [],
      );
      return listV1(store, request, found, { view: appView });
    },
    listAppChanges: ({ projectId: aggregateId, appId, query }, { organizationId: resourceOwner }) => ({
      result: findChanges(
        store,
        { aggregateTypes: ["project"], aggregateId, resourceOwner, data: { appId } },
        query,
      ),
    }),
  };
}

function creationHandlers(store: Store): Handlers<typeof ManagementService> {
  const add = (
    { projectId, name }: { projectId: string; name: string },
    organizationId: string,
    settings: ApplicationSettings,
  ) => {
    const project = ownParent(store, projectId, organizationId);
    const application = addApplication(store, project, { name, settings });
    const { clientId = "", clientSecret = "" } = application.type === "saml" ? {} : application;
    const created = { appId: application.id, details: addDetailsV1(project) };
    return { created, client: { clientId, clientSecret }, application };
  };
  return {
    addOIDCApp: (request, { organizationId }) => {
      const settings = { type: "oidc", config: toConfig(request) } as const;
      const { created, client, application } = add(request, organizationId, settings);
      return {
        ...created,
        ...client,
        ...(application.type === "oidc" ? compliance(application.config) : {}),
      };
    },
    addAPIApp: (request, { organizationId }) => {
      const { authMethodType } = request;
      const { created, client } = add(request, organizationId, { type: "api", config: { authMethodType } });
      return { ...created, ...client };
    },
    addSAMLApp: async (request, { organizationId }) => {
      const config = await toSamlConfig(request, "SAML-wmqlo1");
      return add(request, organizationId, { type: "saml", config }).created;
    },
  };
}

function changeHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const changed = ({ project }: Found) => ({ details: changeDetailsV1(project) });
  const configure = (found: Found | undefined, settings: ApplicationSettings) => {
    const { project, application } = writable(found, "COMMAND-2n8uU");
    configureApplication(store, project, application, settings);
    return { details: changeDetailsV1(project) };
  };
  return {
    updateApp: (request, context) => {
      const found = writable(find(request, context), "COMMAND-28di9");
      renameApplication(store, found.project, found.application, request.name);
      return changed(found);
    },
    updateOIDCAppConfig: (request, context) =>
      configure(find(request, context), { type: "oidc", config: toConfig(request) }),
    updateAPIAppConfig: (request, context) => {
      const { authMethodType } = request;
      return configure(find(request, context), { type: "api", config: { authMethodType } });
    },
    updateSAMLAppConfig: async (request, context) => {
      const config = await toSamlConfig(request, "SAML-J3kg3");
      return configure(find(request, context), { type: "saml", config });
    },
    deactivateApp: (request, context) => {
      const found = writable(find(request, context), "COMMAND-ov9d3");
      setApplicationState(store, found.project, found.application, "inactive");
      return changed(found);
    },
    reactivateApp: (request, context) => {
      const found = writable(find(request, context), "COMMAND-ov9d3");
      setApplicationState(store, found.project, found.application, "active");
      return changed(found);
    },
    removeApp: (request, context) => {
      const found = writable(find(request, context), "COMMAND-0po9s");
      removeApplication(store, found.project, found.application);
      return changed(found);
    },
  };
}

function secretHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const regenerate =
    (type: "oidc" | "api", wrong: string) =>
    (...call: Parameters<FindApplication>) => {
      const { project, application } = writable(find(...call), "COMMAND-2g66f");
      if (application.type !== type) throw wrongType(wrong, type.toUpperCase());
      const clientSecret = newClientSecret(store, project, application);
      return { clientSecret, details: changeDetailsV1(project) };
    };
  return {
    regenerateOIDCClientSecret: regenerate("oidc", "COMMAND-Ghrh3"),
    regenerateAPIClientSecret: regenerate("api", "COMMAND-aeH4"),
  };
}

function keyHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const findKeys = (found: Found | undefined) =>
    found === undefined || found.application.type === "saml" ? undefined : found.application.keys;
  return {
    getAppKey: (request, context) => {
      const key = findKeys(find(request, context))?.get(request.keyId);
      if (key === undefined) throw zitadelError(Code.NotFound, "QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
      return { key: keyViewV1(key, context.organizationId) };
    },
    listAppKeys: (request, context) => {
      const keys = [...(findKeys(find(request, context))?.values() ?? [])];
      return listV1(store, request, keys, { view: (key) => keyViewV1(key, context.organizationId) });
    },
    addAppKey: async (request, context) => {
      const expiresAt = toExpiry(store, request.expirationDate);
      const found = find(request, context);
      if (found === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-sak25", "Application not found");
      }
      const { project, application } = found;
      const client = requireKeys(store, application, expiresAt);
      const { key, keyFile } = addApplicationKey(store, project, client, {
        pair: await generateRsaPair(),
        expiresAt,
      });
      return { id: key.id, keyDetails: Buffer.from(keyFile), details: addDetailsV1(project) };
    },
    removeAppKey: (request, context) => {
      const found = find(request, context);
      if (found === undefined || found.application.type === "saml") {
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Application key not found");
      }
      removeApplicationKey(store, found.project, found.application, request.keyId);
      return { details: changeDetailsV1(found.project) };
    },
  };
}

function wrongType(id: string, type: string): Error {
  return zitadelError(Code.InvalidArgument, id, `Application is not type ${type}`);
}

const MATCHERS: Matchers<StoredApplication, AppQuery> = {
  nameQuery: (application, { name, method }) => textMatches(application.name, name, method),
};

/** The newer services and the model number the response types from 1, but v1 from 0. */
const RESPONSE_TYPE_OFFSET = 1;

type OidcRequestV1 = Omit<OidcRequest, "applicationType" | "developmentMode"> & {
  readonly appType: number;
  readonly devMode: boolean;
};

function toConfig(request: OidcRequestV1): Partial<OidcConfiguration> {
  const { appType: applicationType, devMode: developmentMode } = request;
  const responseTypes = request.responseTypes.map((type) => type + RESPONSE_TYPE_OFFSET);
  return toOidcConfig({ ...request, applicationType, developmentMode, responseTypes });
}

function compliance(config: OidcConfiguration) {
  const { nonCompliant: noneCompliant, problems } = checkCompliance(config);
  const complianceProblems = problems.map((key) => ({ key, localizedMessage: key }));
  return { noneCompliant, complianceProblems };
}

type View = MessageInitShape<typeof AppSchema>;

function appView({ project, application }: Found): View {
  const { id, name, state } = application;
  const details = objectDetailsV1({ ...application, resourceOwner: project.resourceOwner });
  return { id, details, state: STATE_NUMBER[state], name, config: configView(application) };
}

function configView(application: StoredApplication): NonNullable<View["config"]> {
  if (application.type === "saml") {
    const value = { metadata: samlMetadata(application), ...loginView(application.config) };
    return { case: "samlConfig", value };
  }
  const { clientId } = application;
  if (application.type === "api") {
    return { case: "apiConfig", value: { clientId, authMethodType: application.config.authMethodType } };
  }
  const { applicationType: appType, devMode } = application.config;
  const responseTypes = application.config.responseTypes.map((type) => type - RESPONSE_TYPE_OFFSET);
  const fields = { ...oidcFields(application), appType, devMode, responseTypes };
  return { case: "oidcConfig", value: { ...fields, ...compliance(application.config) } };
}
