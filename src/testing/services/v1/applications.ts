import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { AppQuery, AppSchema, OIDCConfig } from "../../../../gen/zitadel/app_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  type ApplicationSettings,
  addApplication,
  addApplicationKey,
  newClientSecret,
  removeApplication,
  removeApplicationKey,
  renameApplication,
  setApplicationState,
  writeConfigChanged,
} from "../../state/applications.ts";
import type { OidcConfiguration, StoredApplication } from "../../state/model/application.ts";
import type { StoredProject } from "../../state/model/project.ts";
import type { Store } from "../../state/model/store.ts";
import { addDetailsV1, changeDetailsV1, objectDetailsV1 } from "../details.ts";
import { findChanges } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { allowedOrigins, findComplianceProblems } from "../oidc-compliance.ts";
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

/** Applications of an organization's projects. */
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

/** The application that a write is about; the id tells the responses to an unknown one apart. */
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
    return { created, client: { clientId, clientSecret } };
  };
  return {
    addOIDCApp: (request, { organizationId }) => {
      const config = toConfig(request);
      const { created, client } = add(request, organizationId, { type: "oidc", config });
      return { ...created, ...client, ...compliance(config) };
    },
    addAPIApp: (request, { organizationId }) => {
      const { authMethodType } = request;
      const { created, client } = add(request, organizationId, { type: "api", authMethodType });
      return { ...created, ...client };
    },
    addSAMLApp: (request, { organizationId }) => {
      const metadataXml = toMetadata(request.metadata);
      return add(request, organizationId, { type: "saml", metadataXml }).created;
    },
  };
}

function changeHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const changed = ({ project }: Found) => ({ details: changeDetailsV1(project) });
  const unchanged = (id: string) => zitadelError(Code.FailedPrecondition, id, "No changes");
  return {
    updateApp: (request, context) => {
      const found = writable(find(request, context), "COMMAND-28di9");
      const { project, application } = found;
      const { name } = request;
      if (application.name === name) throw unchanged("COMMAND-2m8vx");
      for (const one of store.applications.values()) {
        if (one.projectId !== project.id || one.name !== name) continue;
        throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Application already exists");
      }
      renameApplication(store, project, application, name);
      return changed(found);
    },
    updateOIDCAppConfig: (request, context) => {
      const found = writable(find(request, context), "COMMAND-2n8uU");
      const { project, application } = found;
      if (application.type !== "oidc") throw wrongType("COMMAND-GBr34", "OIDC");
      const config = toConfig(request);
      if (toText(config) === toText(application.config)) throw unchanged("COMMAND-1m88i");
      application.config = config;
      writeConfigChanged(store, project, application);
      return changed(found);
    },
    updateAPIAppConfig: (request, context) => {
      const found = writable(find(request, context), "COMMAND-2n8uU");
      const { project, application } = found;
      if (application.type !== "api") throw wrongType("COMMAND-Gnwt3", "API");
      if (application.authMethodType === request.authMethodType) throw unchanged("COMMAND-1m88i");
      application.authMethodType = request.authMethodType;
      writeConfigChanged(store, project, application);
      return changed(found);
    },
    updateSAMLAppConfig: (request, context) => {
      const found = writable(find(request, context), "COMMAND-2n8uU");
      const { project, application } = found;
      if (application.type !== "saml") throw wrongType("COMMAND-GBr35", "SAML");
      application.metadataXml = toMetadata(request.metadata);
      writeConfigChanged(store, project, application);
      return changed(found);
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

/** The authentication methods that need a key: of OIDC and of API applications. */
const PRIVATE_KEY_JWT = { oidc: 3, api: 1 } as const;

function keyHandlers(store: Store, find: FindApplication): Handlers<typeof ManagementService> {
  const keysOf = (found: Found | undefined) =>
    found === undefined || found.application.type === "saml" ? undefined : found.application.keys;
  return {
    getAppKey: (request, context) => {
      const key = keysOf(find(request, context))?.get(request.keyId);
      if (key === undefined) throw zitadelError(Code.NotFound, "QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
      return { key: keyViewV1(key, context.organizationId) };
    },
    listAppKeys: (request, context) => {
      const keys = [...(keysOf(find(request, context))?.values() ?? [])];
      return listV1(store, request, keys, { view: (key) => keyViewV1(key, context.organizationId) });
    },
    addAppKey: async (request, context) => {
      const expiresAt = toExpiry(store, request.expirationDate);
      const found = find(request, context);
      if (found === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-sak25", "Application not found");
      }
      const { project, application } = found;
      if (application.type === "saml" || authMethod(application) !== PRIVATE_KEY_JWT[application.type]) {
        const message = "Chosen Auth Method does not require a key";
        throw zitadelError(Code.FailedPrecondition, "COMMAND-Dff54", message);
      }
      const { key, keyFile } = await addApplicationKey(store, project, application, expiresAt);
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

function authMethod(application: Exclude<StoredApplication, { type: "saml" }>): number {
  return application.type === "api" ? application.authMethodType : (application.config.authMethodType ?? 0);
}

function wrongType(id: string, type: string): Error {
  return zitadelError(Code.InvalidArgument, id, `Application is not type ${type}`);
}

const MATCHERS: Matchers<StoredApplication, AppQuery> = {
  nameQuery: (application, { name, method }) => textMatches(application.name, name, method),
};

/** The server takes these where the request names none. */
const CODE = 0;
const AUTHORIZATION_CODE = 0;

/** The newer services count the response types from 1, as the model does. */
const RESPONSE_TYPE_OFFSET = 1;

/** What can be set of an OIDC application: the same names and, but for response types, numbers as in the newer services. */
const CONFIG_FIELDS: readonly (keyof OidcConfiguration & keyof OIDCConfig)[] = [
  "redirectUris",
  "responseTypes",
  "grantTypes",
  "appType",
  "authMethodType",
  "postLogoutRedirectUris",
  "version",
  "devMode",
  "accessTokenType",
  "accessTokenRoleAssertion",
  "idTokenRoleAssertion",
  "idTokenUserinfoAssertion",
  "clockSkew",
  "additionalOrigins",
  "skipNativeAppSuccessPage",
  "backChannelLogoutUri",
  "loginVersion",
];

function toConfig(request: object): OidcConfiguration {
  const values = request as Readonly<Record<string, unknown>>;
  const set = CONFIG_FIELDS.flatMap((name) => {
    const value = values[name];
    return value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [[name, value] as const];
  });
  // The values come from a message whose fields are of the same types.
  const config = Object.fromEntries(set) as OidcConfiguration;
  const responseTypes = (config.responseTypes ?? [CODE]).map((type) => type + RESPONSE_TYPE_OFFSET);
  return { grantTypes: [AUTHORIZATION_CODE], ...config, responseTypes };
}

/** For comparison: the same text for the same settings. */
function toText(config: OidcConfiguration): string {
  const values = config as Readonly<Record<string, unknown>>;
  const set = CONFIG_FIELDS.map((name) => {
    const value = values[name];
    return value === "" || value === 0 || value === false ? undefined : value;
  });
  return JSON.stringify(set, (_, value) => (typeof value === "bigint" ? String(value) : value));
}

type SamlMetadata =
  | { readonly case: "metadataXml"; readonly value: Uint8Array }
  | { readonly case: "metadataUrl"; readonly value: string }
  | { readonly case: undefined };

function toMetadata(metadata: SamlMetadata): Uint8Array {
  if (metadata.case === "metadataXml" && Buffer.from(metadata.value).includes("EntityDescriptor")) {
    return metadata.value;
  }
  throw zitadelError(Code.InvalidArgument, "SAML-bquso", "SAML Metadata format error");
}

function compliance(config: OidcConfiguration) {
  const problems = findComplianceProblems(config);
  return {
    noneCompliant: problems.length > 0,
    complianceProblems: problems.map((key) => ({ key, localizedMessage: key })),
  };
}

type View = MessageInitShape<typeof AppSchema>;

function appView({ project, application }: Found): View {
  const { id, name, state } = application;
  const details = objectDetailsV1({ ...application, resourceOwner: project.resourceOwner });
  return { id, details, state: STATE_NUMBER[state], name, config: configView(application) };
}

function configView(application: StoredApplication): NonNullable<View["config"]> {
  if (application.type === "saml") {
    const { metadataXml: value } = application;
    return { case: "samlConfig", value: { metadata: { case: "metadataXml", value } } };
  }
  const { clientId } = application;
  if (application.type === "api") {
    return { case: "apiConfig", value: { clientId, authMethodType: application.authMethodType } };
  }
  const { config } = application;
  const { clockSkew = durationFromMs(0) } = config;
  const derived = { ...compliance(config), allowedOrigins: allowedOrigins(config) };
  // The enums of this message are those of the newer one, by other names.
  const responseTypes = (config.responseTypes ?? []).map((type) => type - RESPONSE_TYPE_OFFSET);
  const value = { ...config, responseTypes, clientId, clockSkew, ...derived } as unknown as OIDCConfig;
  const { $typeName: _, ...fields } = value;
  return { case: "oidcConfig", value: fields };
}
