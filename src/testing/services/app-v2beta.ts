import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type ApplicationSchema,
  type ApplicationSearchFilter,
  AppSorting,
} from "../../../gen/zitadel/app/v2beta/app_pb.js";
import type {
  AppService,
  CreateApplicationRequest,
  CreateApplicationResponseSchema,
} from "../../../gen/zitadel/app/v2beta/app_service_pb.js";
import { isInProject } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import {
  type ApplicationSettings,
  addApplication,
  addApplicationKey,
  newClientSecret,
  removeApplication,
  removeApplicationKey,
  renameApplication,
  setApplicationState,
  writableApplication,
  writeConfigChanged,
} from "../state/applications.ts";
import type { ClientApplication, OidcConfiguration, StoredApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import { parentProject } from "../state/projects.ts";
import { limitedPageOf, pagination } from "./lists.ts";
import { textMatches } from "./matching.ts";
import { allowedOrigins, findComplianceProblems } from "./oidc-compliance.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** zitadel.app.v2beta.AppService */
export function appV2beta(store: Store): Handlers<typeof AppService> {
  return { ...applicationHandlers(store), ...keyHandlers(store) };
}

const SORT_KEYS: Partial<Record<AppSorting, (application: StoredApplication) => string | number>> = {
  [AppSorting.APP_SORT_BY_NAME]: ({ name }) => name,
  [AppSorting.APP_SORT_BY_STATE]: ({ state }) => STATE_NUMBER[state],
  [AppSorting.APP_SORT_BY_CREATION_DATE]: ({ createdAt }) => createdAt,
  [AppSorting.APP_SORT_BY_CHANGE_DATE]: ({ changedAt }) => changedAt,
};

function applicationHandlers(store: Store): Handlers<typeof AppService> {
  return {
    createApplication: ({ projectId, id, name, creationRequestType }) => {
      const project = parentProject(store, projectId);
      const settings = toSettings(creationRequestType);
      const application = addApplication(store, project, { id, name, settings });
      return {
        appId: application.id,
        creationDate: timestampFromMs(application.createdAt),
        creationResponseType: creationResponse(application),
      };
    },
    updateApplication: ({ projectId, id, name, updateRequestType: update }) => {
      const { project, application } = writableApplication(store, projectId, id, "COMMAND-28di9");
      renameApplication(store, project, application, name);
      if (update.case === "oidcConfigurationRequest" && application.type === "oidc") {
        application.config = { ...application.config, ...given(update.value) };
        writeConfigChanged(store, project, application);
      } else if (update.case === "apiConfigurationRequest" && application.type === "api") {
        application.authMethodType = update.value.authMethodType;
        writeConfigChanged(store, project, application);
      } else if (update.case === "samlConfigurationRequest" && application.type === "saml") {
        if (update.value.metadata.case === "metadataXml")
          application.metadataXml = update.value.metadata.value;
        writeConfigChanged(store, project, application);
      }
      return { changeDate: timestampFromMs(application.changedAt) };
    },
    getApplication: ({ id }) => {
      const application = store.applications.get(id);
      if (application === undefined) {
        throw zitadelError(Code.NotFound, "QUERY-pCP8P", "Errors.App.NotExisting");
      }
      return { app: view(application) };
    },
    listApplications: ({ projectId, pagination: request, filters, sortingColumn }, { caller }) => {
      const found = [...store.applications.values()].filter(
        (one) => one.projectId === projectId && filters.every(({ filter }) => passes(one, filter)),
      );
      const page = limitedPageOf(found, request, SORT_KEYS[sortingColumn] ?? (({ id }) => id));
      const project = store.projects.get(projectId);
      const visible = isInProject(store, caller, "project.app.read", project) ? page.items : [];
      return { applications: visible.map(view), pagination: pagination(page) };
    },
    deleteApplication: ({ projectId, id }) => {
      const { project, application } = writableApplication(store, projectId, id, "COMMAND-0po9s");
      removeApplication(store, project, application);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    deactivateApplication: ({ projectId, id }) => {
      const { project, application } = writableApplication(store, projectId, id, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "inactive");
      return { deactivationDate: timestampFromMs(application.changedAt) };
    },
    reactivateApplication: ({ projectId, id }) => {
      const { project, application } = writableApplication(store, projectId, id, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "active");
      return { reactivationDate: timestampFromMs(application.changedAt) };
    },
    regenerateClientSecret: ({ projectId, applicationId }) => {
      const { project, application } = writableApplication(store, projectId, applicationId, "COMMAND-2g66f");
      if (application.type === "saml") {
        throw zitadelError(Code.InvalidArgument, "COMMAND-aeH4", "Application is not of type API");
      }
      const clientSecret = newClientSecret(store, project, application);
      return { clientSecret, creationDate: timestampFromMs(application.changedAt) };
    },
  };
}

function keyHandlers(store: Store): Handlers<typeof AppService> {
  const find = (projectId: string, id: string) => {
    const { project, application } = writableApplication(store, projectId, id, "COMMAND-sak25");
    if (application.type === "saml") {
      throw zitadelError(
        Code.FailedPrecondition,
        "COMMAND-Dff54",
        "Authentication method is not private key JWT",
      );
    }
    return { project, application };
  };
  const allKeys = () =>
    [...store.applications.values()].flatMap((application) => {
      if (application.type === "saml") return [];
      const organizationId = store.projects.get(application.projectId)?.resourceOwner ?? "";
      return [...application.keys.values()].map((key) => ({ key, application, organizationId }));
    });
  return {
    createApplicationKey: async ({ projectId, appId, expirationDate }) => {
      const { project, application } = find(projectId, appId);
      const expiresAt = expirationDate === undefined ? undefined : timestampMs(expirationDate);
      const { key, keyFile } = await addApplicationKey(store, project, application, expiresAt);
      const keyDetails = Buffer.from(keyFile);
      return { id: key.id, creationDate: timestampFromMs(key.createdAt), keyDetails };
    },
    deleteApplicationKey: ({ projectId, applicationId, id }) => {
      const { project, application } = find(projectId, applicationId);
      removeApplicationKey(store, project, application, id);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    getApplicationKey: ({ id }) => {
      const found = allKeys().find(({ key }) => key.id === id);
      if (found === undefined)
        throw zitadelError(Code.NotFound, "QUERY-Tha6f", "Authentication key not found");
      const { createdAt, expiresAt } = found.key;
      return { id, creationDate: timestampFromMs(createdAt), expirationDate: timestampFromMs(expiresAt) };
    },
    listApplicationKeys: ({ pagination: request, resourceId }, { caller }) => {
      const found = allKeys().filter(({ application, organizationId }) => {
        if (resourceId.case === "applicationId") return application.id === resourceId.value;
        if (resourceId.case === "projectId") return application.projectId === resourceId.value;
        return resourceId.case === undefined || organizationId === resourceId.value;
      });
      const page = limitedPageOf(found, request, ({ key }) => key.id);
      const visible = page.items.filter(({ application }) =>
        isInProject(store, caller, "project.app.read", store.projects.get(application.projectId)),
      );
      const keys = visible.map(({ key, application, organizationId }) => ({
        id: key.id,
        applicationId: application.id,
        projectId: application.projectId,
        creationDate: timestampFromMs(key.createdAt),
        organizationId,
        expirationDate: timestampFromMs(key.expiresAt),
      }));
      return { keys, pagination: pagination(page) };
    },
  };
}

/** The server takes these where the request names none. */
const CODE = 1;
const AUTHORIZATION_CODE = 0;

function toSettings(request: CreateApplicationRequest["creationRequestType"]): ApplicationSettings {
  if (request.case === "apiRequest") return { type: "api", authMethodType: request.value.authMethodType };
  if (request.case === "samlRequest") {
    const { metadata } = request.value;
    return { type: "saml", metadataXml: metadata.case === "metadataXml" ? metadata.value : new Uint8Array() };
  }
  const defaults = { responseTypes: [CODE], grantTypes: [AUTHORIZATION_CODE] };
  return { type: "oidc", config: { ...defaults, ...given(request.value ?? {}) } };
}

/** What a request sets; empty lists set nothing. */
function given(
  request: {
    readonly [Name in keyof OidcConfiguration]?: OidcConfiguration[Name] | undefined;
  },
): OidcConfiguration {
  const { $typeName, ...values } = { $typeName: "", ...request };
  const set = Object.entries(values).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined,
  );
  return Object.fromEntries(set);
}

type CreationResponse = NonNullable<
  MessageInitShape<typeof CreateApplicationResponseSchema>["creationResponseType"]
>;

function creationResponse(application: StoredApplication): CreationResponse {
  if (application.type === "saml") return { case: "samlResponse", value: {} };
  const client = credentials(application);
  if (application.type === "api") return { case: "apiResponse", value: client };
  return { case: "oidcResponse", value: { ...client, ...compliance(application.config) } };
}

function credentials({ clientId, clientSecret = "" }: ClientApplication): {
  clientId: string;
  clientSecret: string;
} {
  return { clientId, clientSecret };
}

function compliance(config: OidcConfiguration): {
  noneCompliant: boolean;
  complianceProblems: { key: string }[];
} {
  const problems = findComplianceProblems(config);
  return { noneCompliant: problems.length > 0, complianceProblems: problems.map((key) => ({ key })) };
}

type View = MessageInitShape<typeof ApplicationSchema>;

function view(application: StoredApplication): View {
  const { id, name, state, createdAt, changedAt } = application;
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    state: STATE_NUMBER[state],
    name,
    config: configView(application),
  };
}

function configView(application: StoredApplication): NonNullable<View["config"]> {
  if (application.type === "saml") {
    const { metadataXml } = application;
    return { case: "samlConfig", value: { metadata: { case: "metadataXml", value: metadataXml } } };
  }
  const { clientId } = application;
  if (application.type === "api") {
    return { case: "apiConfig", value: { clientId, authMethodType: application.authMethodType } };
  }
  const { config } = application;
  const { clockSkew = durationFromMs(0) } = config;
  const derived = { ...compliance(config), allowedOrigins: allowedOrigins(config) };
  return { case: "oidcConfig", value: { ...config, clientId, clockSkew, ...derived } };
}

function passes(application: StoredApplication, filter: ApplicationSearchFilter["filter"]): boolean {
  switch (filter.case) {
    case "nameFilter":
      return textMatches(application.name, filter.value.name, filter.value.method);
    case "stateFilter":
      return STATE_NUMBER[application.state] === filter.value;
    case "apiAppOnly":
      return application.type === "api";
    case "oidcAppOnly":
      return application.type === "oidc";
    case "samlAppOnly":
      return application.type === "saml";
    default:
      return true;
  }
}
