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
  type OidcRequest,
  toLoginView,
  toOidcConfig,
  toOidcFields,
  toSamlConfig,
  toSamlMetadata,
} from "../application-config.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { checkCompliance } from "../oidc-compliance.ts";
import { STATE_NUMBER } from "../project-queries.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";
import { toExpiry, toKeyViewV1 } from "./machines.ts";
import { findOwnProject, requireOwnParent } from "./projects.ts";

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
export function createApplicationsV1(store: Store): Handlers<typeof ManagementService> {
  const find: FindApplication = ({ projectId, appId }, { organizationId }) => {
    const project = findOwnProject(store, projectId, organizationId);
    const application = store.applications.get(appId);
    if (project === undefined || application?.projectId !== projectId) return undefined;
    return { project, application };
  };
  return {
    ...createReadHandlers(store, find),
    ...createCreationHandlers(store),
    ...createChangeHandlers(store, find),
    ...createSecretHandlers(store, find),
    ...createKeyHandlers(store, find),
  };
}

/** Returns the application to change. Throws an error with the id `unknown` if there is none. */
function requireFound(found: Found | undefined, unknown: string): Found {
  if (found === undefined) throw zitadelError(Code.NotFound, unknown, "Application doesn't exist");
  return found;
}

function createReadHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  return {
    getAppByID: (request, context) => {
      const found = find(request, context);
      if (found === undefined) throw zitadelError(Code.NotFound, "QUERY-pCP8P", "Errors.App.NotExisting");
      return { app: toAppView(found) };
    },
    listApps: (request, { organizationId }) => {
      const project = findOwnProject(store, request.projectId, organizationId);
      const found = [...store.applications.values()].flatMap((application) =>
        project !== undefined &&
        application.projectId === project.id &&
        matchesQueries(application, request.queries, MATCHERS)
          ? [{ project, application }]
          : [],
      );
      return toListResponse(store, request, found, { view: toAppView });
    },
    listAppChanges: (
      { projectId: aggregateId, appId, query },
      { organizationId: resourceOwner, origin },
    ) => ({
      result: findChanges(
        store,
        { aggregateTypes: ["project"], aggregateId, resourceOwner, data: { appId } },
        query,
        origin,
      ),
    }),
  };
}

function createCreationHandlers(store: Store): Handlers<typeof ManagementService> {
  const add = (
    { projectId, name }: { projectId: string; name: string },
    organizationId: string,
    settings: ApplicationSettings,
  ) => {
    const project = requireOwnParent(store, projectId, organizationId);
    const application = addApplication(store, project, { name, settings });
    const { clientId = "", clientSecret = "" } = application.type === "saml" ? {} : application;
    const created = { appId: application.id, details: toAddDetailsV1(project) };
    return { created, client: { clientId, clientSecret }, application };
  };
  return {
    addOIDCApp: (request, { organizationId }) => {
      const settings = { type: "oidc", config: toConfig(request) } as const;
      const { created, client, application } = add(request, organizationId, settings);
      return {
        ...created,
        ...client,
        ...(application.type === "oidc" ? toCompliance(application.config) : {}),
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

function createChangeHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const changed = ({ project }: Found) => ({ details: toChangeDetailsV1(project) });
  const configure = (found: Found | undefined, settings: ApplicationSettings) => {
    const { project, application } = requireFound(found, "COMMAND-2n8uU");
    configureApplication(store, project, application, settings);
    return { details: toChangeDetailsV1(project) };
  };
  return {
    updateApp: (request, context) => {
      const found = requireFound(find(request, context), "COMMAND-28di9");
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
      const found = requireFound(find(request, context), "COMMAND-ov9d3");
      setApplicationState(store, found.project, found.application, "inactive");
      return changed(found);
    },
    reactivateApp: (request, context) => {
      const found = requireFound(find(request, context), "COMMAND-ov9d3");
      setApplicationState(store, found.project, found.application, "active");
      return changed(found);
    },
    removeApp: (request, context) => {
      const found = requireFound(find(request, context), "COMMAND-0po9s");
      removeApplication(store, found.project, found.application);
      return changed(found);
    },
  };
}

function createSecretHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const regenerate =
    (type: "oidc" | "api", wrong: string) =>
    (...call: Parameters<FindApplication>) => {
      const { project, application } = requireFound(find(...call), "COMMAND-2g66f");
      if (application.type !== type) throw wrongType(wrong, type.toUpperCase());
      const clientSecret = newClientSecret(store, project, application);
      return { clientSecret, details: toChangeDetailsV1(project) };
    };
  return {
    regenerateOIDCClientSecret: regenerate("oidc", "COMMAND-Ghrh3"),
    regenerateAPIClientSecret: regenerate("api", "COMMAND-aeH4"),
  };
}

function createKeyHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const findKeys = (found: Found | undefined) =>
    found === undefined || found.application.type === "saml" ? undefined : found.application.keys;
  return {
    getAppKey: (request, context) => {
      const key = findKeys(find(request, context))?.get(request.keyId);
      if (key === undefined) throw zitadelError(Code.NotFound, "QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
      return { key: toKeyViewV1(key, context.organizationId) };
    },
    listAppKeys: (request, context) => {
      const keys = [...(findKeys(find(request, context))?.values() ?? [])];
      return toListResponse(store, request, keys, {
        view: (key) => toKeyViewV1(key, context.organizationId),
      });
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
      return { id: key.id, keyDetails: Buffer.from(keyFile), details: toAddDetailsV1(project) };
    },
    removeAppKey: (request, context) => {
      const found = find(request, context);
      if (found === undefined || found.application.type === "saml") {
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Application key not found");
      }
      removeApplicationKey(store, found.project, found.application, request.keyId);
      return { details: toChangeDetailsV1(found.project) };
    },
  };
}

function wrongType(id: string, type: string): Error {
  return zitadelError(Code.InvalidArgument, id, `Application is not type ${type}`);
}

const MATCHERS: Matchers<StoredApplication, AppQuery> = {
  nameQuery: (application, { name, method }) => textMatches(application.name, name, method),
};

/** The newer services and the model number the response types from 1, whereas v1 numbers them from 0. */
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

function toCompliance(config: OidcConfiguration) {
  const { nonCompliant: noneCompliant, problems } = checkCompliance(config);
  const complianceProblems = problems.map((key) => ({ key, localizedMessage: key }));
  return { noneCompliant, complianceProblems };
}

type View = MessageInitShape<typeof AppSchema>;

function toAppView({ project, application }: Found): View {
  const { id, name, state } = application;
  const details = toObjectDetailsV1({ ...application, resourceOwner: project.resourceOwner });
  return { id, details, state: STATE_NUMBER[state], name, config: toConfigView(application) };
}

function toConfigView(application: StoredApplication): NonNullable<View["config"]> {
  if (application.type === "saml") {
    const value = { metadata: toSamlMetadata(application), ...toLoginView(application.config) };
    return { case: "samlConfig", value };
  }
  const { clientId } = application;
  if (application.type === "api") {
    return { case: "apiConfig", value: { clientId, authMethodType: application.config.authMethodType } };
  }
  const { applicationType: appType, devMode } = application.config;
  const responseTypes = application.config.responseTypes.map((type) => type - RESPONSE_TYPE_OFFSET);
  const fields = { ...toOidcFields(application), appType, devMode, responseTypes };
  return { case: "oidcConfig", value: { ...fields, ...toCompliance(application.config) } };
}
