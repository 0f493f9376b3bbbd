import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ApplicationSchema, ApplicationSearchFilter } from "../../../gen/zitadel/app/v2beta/app_pb.js";
import type {
  AppService,
  CreateApplicationRequest,
  CreateApplicationResponseSchema,
  UpdateApplicationRequest,
} from "../../../gen/zitadel/app/v2beta/app_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import {
  type ApplicationSettings,
  addApplication,
  newClientSecret,
  removeApplication,
  requireApplication,
  setApplicationState,
} from "../state/applications.ts";
import type { StoredApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import { requireParentProject } from "../state/projects.ts";
import {
  toCredentials,
  toLoginView,
  toOidcConfig,
  toOidcFields,
  toSamlConfig,
  toSamlMetadata,
} from "./application-config.ts";
import {
  createKey,
  deleteKey,
  findApplication,
  findKey,
  listApplications,
  listKeys,
  updateApplication,
} from "./application-queries.ts";
import { findUnlimitedPage, toPagination } from "./lists.ts";
import { checkCompliance } from "./oidc-compliance.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** zitadel.app.v2beta.AppService */
export function createAppV2beta(store: Store): Handlers<typeof AppService> {
  return { ...createApplicationHandlers(store), ...createKeyHandlers(store) };
}

function createApplicationHandlers(store: Store): Handlers<typeof AppService> {
  return {
    createApplication: async ({ projectId, id, name, creationRequestType }) => {
      const project = requireParentProject(store, projectId);
      const settings = await toSettings(creationRequestType);
      const application = addApplication(store, project, { id, name, settings });
      return {
        appId: application.id,
        creationDate: timestampFromMs(application.createdAt),
        creationResponseType: toCreationResponse(application),
      };
    },
    updateApplication: async ({ projectId, id, name, updateRequestType }) => {
      const settings = await toChanges(updateRequestType);
      return { changeDate: updateApplication(store, { projectId, id, name, settings }) };
    },
    getApplication: ({ id }) => ({ app: toView(findApplication(store, id)) }),
    listApplications: (request, { caller }) => {
      const filters = [toProjectFilter(request.projectId), ...request.filters.map(toFilter)];
      const wanted = { ...request, filters };
      const { page, visible } = listApplications(store, caller, wanted, findUnlimitedPage);
      return { applications: visible.map(toView), pagination: toPagination(page) };
    },
    deleteApplication: ({ projectId, id }) => {
      const { project, application } = requireApplication(store, projectId, id, "COMMAND-0po9s");
      removeApplication(store, project, application);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    deactivateApplication: ({ projectId, id }) => {
      const { project, application } = requireApplication(store, projectId, id, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "inactive");
      return { deactivationDate: timestampFromMs(application.changedAt) };
    },
    reactivateApplication: ({ projectId, id }) => {
      const { project, application } = requireApplication(store, projectId, id, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "active");
      return { reactivationDate: timestampFromMs(application.changedAt) };
    },
    regenerateClientSecret: ({ projectId, applicationId, appType }) => {
      if (appType.case === undefined) {
        throw zitadelError(Code.InvalidArgument, "APP-aLWIzw", "unknown app type");
      }
      const { project, application } = requireApplication(store, projectId, applicationId, "COMMAND-2g66f");
      const type = appType.case === "isOidc" ? "oidc" : "api";
      if (application.type !== type) throw notOfType(type);
      const clientSecret = newClientSecret(store, project, application);
      return { clientSecret, creationDate: timestampFromMs(application.changedAt) };
    },
  };
}

function notOfType(type: "oidc" | "api"): Error {
  return type === "oidc"
    ? zitadelError(Code.InvalidArgument, "COMMAND-Ghrh3", "Application is not type OIDC")
    : zitadelError(Code.InvalidArgument, "COMMAND-aeH4", "Application is not type API");
}

function createKeyHandlers(store: Store): Handlers<typeof AppService> {
  return {
    createApplicationKey: async ({ projectId, appId, expirationDate }) => {
      const expiresAt = expirationDate === undefined ? 0 : timestampMs(expirationDate);
      const { key, keyFile } = await createKey(store, projectId, appId, expiresAt);
      return { id: key.id, creationDate: timestampFromMs(key.createdAt), keyDetails: Buffer.from(keyFile) };
    },
    deleteApplicationKey: ({ projectId, applicationId, id }) => ({
      deletionDate: deleteKey(store, projectId, applicationId, id),
    }),
    getApplicationKey: ({ id }) => {
      const { createdAt, expiresAt } = findKey(store, id).key;
      return { id, creationDate: timestampFromMs(createdAt), expirationDate: timestampFromMs(expiresAt) };
    },
    listApplicationKeys: (request, { caller }) => {
      const { case: kind, value } = request.resourceId;
      const filters = kind === undefined ? [] : [{ [kind]: value }];
      const { page, visible } = listKeys(store, caller, { ...request, filters }, findUnlimitedPage);
      const keys = visible.map(({ key, application, organizationId }) => ({
        id: key.id,
        applicationId: application.id,
        projectId: application.projectId,
        creationDate: timestampFromMs(key.createdAt),
        organizationId,
        expirationDate: timestampFromMs(key.expiresAt),
      }));
      return { keys, pagination: toPagination(page) };
    },
  };
}

async function toSettings(
  request: CreateApplicationRequest["creationRequestType"],
): Promise<ApplicationSettings> {
  switch (request.case) {
    case "apiRequest":
      return { type: "api", config: { authMethodType: request.value.authMethodType } };
    case "samlRequest":
      return { type: "saml", config: await toSamlConfig(request.value, "SAML-wmqlo1") };
    case "oidcRequest": {
      const { appType: applicationType, devMode: developmentMode } = request.value;
      return { type: "oidc", config: toOidcConfig({ ...request.value, applicationType, developmentMode }) };
    }
    default:
      throw zitadelError(Code.InvalidArgument, "APP-0iiN46", "unknown app type");
  }
}

async function toChanges(
  request: UpdateApplicationRequest["updateRequestType"],
): Promise<ApplicationSettings | undefined> {
  switch (request.case) {
    case "apiConfigurationRequest":
      return { type: "api", config: { authMethodType: request.value.authMethodType } };
    case "samlConfigurationRequest":
      return { type: "saml", config: await toSamlConfig(request.value, "SAML-J3kg3") };
    case "oidcConfigurationRequest": {
      const { appType: applicationType, devMode: developmentMode } = request.value;
      return { type: "oidc", config: toOidcConfig({ ...request.value, applicationType, developmentMode }) };
    }
    default:
      return undefined;
  }
}

type CreationResponse = NonNullable<
  MessageInitShape<typeof CreateApplicationResponseSchema>["creationResponseType"]
>;

function toCreationResponse(application: StoredApplication): CreationResponse {
  if (application.type === "saml") return { case: "samlResponse", value: {} };
  const client = toCredentials(application);
  if (application.type === "api") return { case: "apiResponse", value: client };
  const { nonCompliant, problems } = checkCompliance(application.config);
  const complianceProblems = problems.map((key) => ({ key }));
  return { case: "oidcResponse", value: { ...client, noneCompliant: nonCompliant, complianceProblems } };
}

type View = MessageInitShape<typeof ApplicationSchema>;

function toView(application: StoredApplication): View {
  const { id, name, state, createdAt, changedAt } = application;
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    state: STATE_NUMBER[state],
    name,
    config: toConfigView(application),
  };
}

function toConfigView(application: StoredApplication): NonNullable<View["config"]> {
  if (application.type === "saml") {
    const value = { metadata: toSamlMetadata(application), ...toLoginView(application.config) };
    return { case: "samlConfig", value };
  }
  if (application.type === "api") {
    const { clientId, config } = application;
    return { case: "apiConfig", value: { clientId, authMethodType: config.authMethodType } };
  }
  const { applicationType: appType, devMode } = application.config;
  const noneCompliant = checkCompliance(application.config).nonCompliant;
  return { case: "oidcConfig", value: { ...toOidcFields(application), appType, devMode, noneCompliant } };
}

const TYPES = { oidcAppOnly: "oidc", apiAppOnly: "api", samlAppOnly: "saml" } as const;

function toProjectFilter(projectId: string) {
  return { filter: { case: "projectIdFilter", value: { projectId } } } as const;
}

/** Converts to the filters of v2, which names the kind of application differently. */
function toFilter({ filter }: ApplicationSearchFilter) {
  switch (filter.case) {
    case "oidcAppOnly":
    case "apiAppOnly":
    case "samlAppOnly":
      return { filter: { case: "type", value: TYPES[filter.case] } } as const;
    default:
      return { filter };
  }
}
