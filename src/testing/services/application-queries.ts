import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { isInProject, isKeyVisible } from "../access/visibility.ts";
import { zitadelError } from "../errors.ts";
import type { Caller } from "../handlers.ts";
import {
  type ApplicationSettings,
  addApplicationKey,
  configureApplication,
  getEntityId,
  removeApplicationKey,
  renameApplication,
  requireApplication,
  requireKeys,
} from "../state/applications.ts";
import type { IssuedKey } from "../state/credentials.ts";
import { generateRsaPair } from "../state/key-pairs.ts";
import type { ClientApplication, StoredApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import type { MachineKey } from "../state/model/user.ts";
import { NO_TIME } from "./details.ts";
import { findPage, type ListRequest, type Page, type SortKeys } from "./lists.ts";
import { type TextFilter, textMatches } from "./matching.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** A filter of v2, or one by the model's application type. */
export interface ApplicationFilter {
  readonly filter:
    | { case: "projectIdFilter"; value: { projectId: string } }
    | { case: "nameFilter"; value: { name: string } & TextFilter }
    | { case: "stateFilter"; value: number }
    | { case: "type"; value: StoredApplication["type"] }
    | { case: "typeFilter"; value: number }
    | { case: "clientIdFilter"; value: { clientId: string } }
    | { case: "entityIdFilter"; value: { entityId: string } }
    | { case: undefined; value?: unknown };
}

/** By the enum's numbers in v2. */
const TYPES: readonly (StoredApplication["type"] | undefined)[] = [undefined, "oidc", "api", "saml"];

function passes(one: StoredApplication, { filter }: ApplicationFilter): boolean {
  switch (filter.case) {
    case "projectIdFilter":
      return one.projectId === filter.value.projectId;
    case "nameFilter":
      return textMatches(one.name, filter.value.name, filter.value.method);
    case "stateFilter":
      return STATE_NUMBER[one.state] === filter.value;
    case "type":
      return one.type === filter.value;
    case "typeFilter":
      return one.type === TYPES[filter.value];
    case "clientIdFilter":
      return one.type !== "saml" && one.clientId === filter.value.clientId.trim();
    case "entityIdFilter":
      return one.type === "saml" && getEntityId(one) === filter.value.entityId.trim();
    default:
      return true;
  }
}

const SORT_KEYS: SortKeys<StoredApplication> = [
  ({ id }) => id,
  ({ name }) => name,
  ({ state }) => STATE_NUMBER[state],
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
];

/** Finds a page of applications. `visible`: those that the caller may see. */
export function listApplications(
  store: Store,
  caller: Caller | undefined,
  request: ListRequest<ApplicationFilter>,
  pageOf: typeof findPage = findPage,
): { readonly page: Page<StoredApplication>; readonly visible: readonly StoredApplication[] } {
  const found = [...store.applications.values()].filter((one) =>
    request.filters.every((filter) => passes(one, filter)),
  );
  const page = pageOf(found, request, SORT_KEYS);
  const visible = page.items.filter(({ projectId }) =>
    isInProject(store, caller, "project.app.read", store.projects.get(projectId)),
  );
  return { page, visible };
}

/** Finds an application to read. Throws if there is none. */
export function findApplication(store: Store, id: string): StoredApplication {
  const application = store.applications.get(id);
  if (application !== undefined) return application;
  throw zitadelError(Code.NotFound, "QUERY-pCP8P", "Errors.App.NotExisting");
}

/** A change of an application's name, its settings, or both. */
interface ApplicationChange {
  readonly projectId: string;
  readonly id: string;
  readonly name: string;
  readonly settings: ApplicationSettings | undefined;
}

/** Changes an application. Returns the change date, or Go's zero time if the request changes nothing. */
export function updateApplication(
  store: Store,
  { projectId, id, name, settings }: ApplicationChange,
): Timestamp | typeof NO_TIME {
  const isRenamed = name.trim() !== "";
  if (!isRenamed && settings === undefined) return NO_TIME;
  const unknown = isRenamed ? "COMMAND-28di9" : "COMMAND-2n8uU";
  const { project, application } = requireApplication(store, projectId, id, unknown);
  if (isRenamed) renameApplication(store, project, application, name.trim());
  if (settings !== undefined) configureApplication(store, project, application, settings);
  return timestampFromMs(application.changedAt);
}

/** A key with its application. */
export interface ListedKey {
  readonly key: MachineKey;
  readonly application: ClientApplication;
  readonly organizationId: string;
}

/** Creates a key for an application. Throws if the application does not exist. */
export async function createKey(
  store: Store,
  projectId: string,
  applicationId: string,
  expiresAt: number,
): Promise<IssuedKey> {
  const application = store.applications.get(applicationId);
  const project = store.projects.get(projectId);
  if (application === undefined || project === undefined || application.projectId !== projectId) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-sak25", "Application not found");
  }
  const client = requireKeys(store, application, expiresAt);
  return addApplicationKey(store, project, client, { pair: await generateRsaPair(), expiresAt });
}

/** Removes a key. Returns the deletion date. */
export function deleteKey(store: Store, projectId: string, applicationId: string, id: string): Timestamp {
  const application = store.applications.get(applicationId);
  const project = store.projects.get(projectId);
  if (application === undefined || application.type === "saml" || project === undefined) {
    throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Application key not found");
  }
  removeApplicationKey(store, project, application, id);
  return timestampFromMs(project.changedAt);
}

/** Finds a key to read. Throws if there is none. */
export function findKey(store: Store, id: string): ListedKey {
  const found = listAllKeys(store).find(({ key }) => key.id === id);
  if (found !== undefined) return found;
  throw zitadelError(Code.NotFound, "QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
}

function listAllKeys(store: Store): ListedKey[] {
  return [...store.applications.values()].flatMap((application) => {
    if (application.type === "saml") return [];
    const organizationId = store.projects.get(application.projectId)?.resourceOwner ?? "";
    return [...application.keys.values()].map((key) => ({ key, application, organizationId }));
  });
}

export interface KeyFilter {
  readonly applicationId?: string;
  readonly projectId?: string;
  readonly organizationId?: string;
}

const KEY_SORT_KEYS: SortKeys<ListedKey> = [
  ({ key }) => key.id,
  ({ application }) => application.projectId,
  ({ application }) => application.id,
  ({ key }) => key.createdAt,
  ({ organizationId }) => organizationId,
  ({ key }) => key.expiresAt,
];

/** Finds a page of keys. `visible`: those that the caller may see. */
export function listKeys(
  store: Store,
  caller: Caller | undefined,
  request: ListRequest<KeyFilter>,
  pageOf: typeof findPage = findPage,
): { readonly page: Page<ListedKey>; readonly visible: readonly ListedKey[] } {
  const wanted = (value: string | undefined, actual: string): boolean =>
    value === undefined || value.trim() === actual;
  const found = listAllKeys(store).filter(({ application, organizationId }) =>
    request.filters.every(
      (filter) =>
        wanted(filter.applicationId, application.id) &&
        wanted(filter.projectId, application.projectId) &&
        wanted(filter.organizationId, organizationId),
    ),
  );
  const page = pageOf(found, request, KEY_SORT_KEYS);
  return {
    page,
    visible: page.items.filter(({ organizationId }) => isKeyVisible(store, caller, organizationId)),
  };
}
