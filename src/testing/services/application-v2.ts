import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
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
  type OidcRequest,
  type SamlRequest,
  toCredentials,
  toLoginView,
  toOidcConfig,
  toOidcFields,
  toSamlConfig,
  toSamlMetadata,
} from "./application-config.ts";
import {
  type ApplicationFilter,
  createKey,
  deleteKey,
  findApplication,
  findKey,
  listApplications,
  listKeys,
  updateApplication,
} from "./application-queries.ts";
import { type ListRequest, toPagination } from "./lists.ts";
import type { NewerHandlers } from "./newer.ts";
import { checkCompliance } from "./oidc-compliance.ts";
import { STATE_NUMBER } from "./project-queries.ts";

interface ById {
  readonly projectId: string;
  readonly applicationId: string;
}

interface Named extends ById {
  readonly name: string;
  readonly applicationType: TypeOfRequest;
}

type TypeOfRequest =
  | { case: "oidcConfiguration"; value: OidcRequest }
  | { case: "apiConfiguration"; value: { authMethodType: number } }
  | { case: "samlConfiguration"; value: SamlRequest }
  | { case: undefined };

interface KeyFilter {
  readonly filter:
    | { case: "applicationIdFilter"; value: { applicationId: string } }
    | { case: "projectIdFilter"; value: { projectId: string } }
    | { case: "organizationIdFilter"; value: { organizationId: string } };
}

/** zitadel.application.v2.ApplicationService */
export function createApplicationV2(store: Store): NewerHandlers {
  return { ...createApplicationHandlers(store), ...createKeyHandlers(store) };
}

function createApplicationHandlers(store: Store): NewerHandlers {
  return {
    createApplication: async ({ projectId, applicationId: id, name, applicationType }: Named) => {
      const project = requireParentProject(store, projectId);
      const settings = await toSettings(applicationType, "SAML-wmqlo1");
      if (settings === undefined) throw zitadelError(Code.InvalidArgument, "APP-0iiN46", "unknown app type");
      const application = addApplication(store, project, { id, name, settings });
      return {
        applicationId: application.id,
        creationDate: timestampFromMs(application.createdAt),
        applicationType: toCreationResponse(application),
      };
    },
    updateApplication: async ({ projectId, applicationId: id, name, applicationType }: Named) => {
      const settings = await toSettings(applicationType, "SAML-J3kg3");
      return { changeDate: updateApplication(store, { projectId, id, name, settings }) };
    },
    getApplication: ({ applicationId }: ById) => ({
      application: toView(findApplication(store, applicationId)),
    }),
    listApplications: (request: ListRequest<ApplicationFilter>, { caller }) => {
      const { page, visible } = listApplications(store, caller, request);
      return { applications: visible.map(toView), pagination: toPagination(page) };
    },
    deleteApplication: ({ projectId, applicationId }: ById) => {
      const { project, application } = requireApplication(store, projectId, applicationId, "COMMAND-0po9s");
      removeApplication(store, project, application);
      return { deletionDate: timestampFromMs(project.changedAt) };
    },
    deactivateApplication: ({ projectId, applicationId }: ById) => {
      const { project, application } = requireApplication(store, projectId, applicationId, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "inactive");
      return { deactivationDate: timestampFromMs(application.changedAt) };
    },
    reactivateApplication: ({ projectId, applicationId }: ById) => {
      const { project, application } = requireApplication(store, projectId, applicationId, "COMMAND-ov9d3");
      setApplicationState(store, project, application, "active");
      return { reactivationDate: timestampFromMs(application.changedAt) };
    },
    generateClientSecret: ({ projectId, applicationId }: ById) => {
      const { project, application } = requireApplication(store, projectId, applicationId, "COMMAND-Kd92s");
      if (application.type === "saml") {
        throw zitadelError(Code.NotFound, "COMMAND-Kd92s", "Application doesn't exist");
      }
      const clientSecret = newClientSecret(store, project, application);
      return { clientSecret, creationDate: timestampFromMs(application.changedAt) };
    },
  };
}

function createKeyHandlers(store: Store): NewerHandlers {
  return {
    createApplicationKey: async ({
      projectId,
      applicationId,
      expirationDate,
    }: ById & { expirationDate?: Timestamp }) => {
      const expiresAt = expirationDate === undefined ? 0 : timestampMs(expirationDate);
      const { key, keyFile } = await createKey(store, projectId, applicationId, expiresAt);
      return {
        keyId: key.id,
        creationDate: timestampFromMs(key.createdAt),
        keyDetails: Buffer.from(keyFile),
      };
    },
    deleteApplicationKey: ({ projectId, applicationId, keyId }: ById & { keyId: string }) => ({
      deletionDate: deleteKey(store, projectId, applicationId, keyId),
    }),
    getApplicationKey: ({ keyId }: { keyId: string }) => {
      const { createdAt, expiresAt } = findKey(store, keyId).key;
      return { keyId, creationDate: timestampFromMs(createdAt), expirationDate: timestampFromMs(expiresAt) };
    },
    listApplicationKeys: (request: ListRequest<KeyFilter>, { caller }) => {
      const filters = request.filters.map(({ filter }) => filter.value);
      const { page, visible } = listKeys(store, caller, { ...request, filters });
      const keys = visible.map(({ key, application, organizationId }) => ({
        keyId: key.id,
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
  request: TypeOfRequest,
  unreachable: string,
): Promise<ApplicationSettings | undefined> {
  switch (request.case) {
    case "oidcConfiguration":
      return { type: "oidc", config: toOidcConfig(request.value) };
    case "apiConfiguration":
      return { type: "api", config: { authMethodType: request.value.authMethodType } };
    case "samlConfiguration":
      return { type: "saml", config: await toSamlConfig(request.value, unreachable) };
    default:
      return undefined;
  }
}

function toCreationResponse(application: StoredApplication): object {
  if (application.type === "saml") return { case: "samlConfiguration", value: {} };
  const client = toCredentials(application);
  if (application.type === "api") return { case: "apiConfiguration", value: client };
  const { nonCompliant, problems } = checkCompliance(application.config);
  const complianceProblems = problems.map((key) => ({ key }));
  return { case: "oidcConfiguration", value: { ...client, nonCompliant, complianceProblems } };
}

function toView(application: StoredApplication): object {
  const { id: applicationId, projectId, name, state, createdAt, changedAt } = application;
  return {
    applicationId,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    state: STATE_NUMBER[state],
    name,
    configuration: toConfigView(application),
    projectId,
  };
}

function toConfigView(application: StoredApplication): object {
  if (application.type === "saml") {
    const { case: name, value } = toSamlMetadata(application);
    return { case: "samlConfiguration", value: { [name]: value, ...toLoginView(application.config) } };
  }
  if (application.type === "api") {
    const { clientId, config } = application;
    return { case: "apiConfiguration", value: { clientId, authMethodType: config.authMethodType } };
  }
  const { applicationType, devMode: developmentMode } = application.config;
  const { nonCompliant } = checkCompliance(application.config);
  const value = { ...toOidcFields(application), applicationType, developmentMode, nonCompliant };
  return { case: "oidcConfiguration", value };
}
