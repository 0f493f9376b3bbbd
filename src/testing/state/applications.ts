import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { State } from "./model/aggregate.ts";
import type {
  ApiApplication,
  ClientApplication,
  OidcApplication,
  OidcConfiguration,
  SamlApplication,
  StoredApplication,
} from "./model/application.ts";
import type { StoredProject } from "./model/project.ts";
import type { Store } from "./model/store.ts";
import type { MachineKey } from "./model/user.ts";
import { newHistory, secretText, writeEvents, writePartEvents } from "./store.ts";

/** What an application is created from. */
export interface NewStoredApplication {
  readonly id?: string | undefined;
  readonly name: string;
  readonly settings: ApplicationSettings;
  /** Default: a new one. */
  readonly clientId?: string | undefined;
  /** In place of a random one, where the kind has one. */
  readonly clientSecret?: string | undefined;
}

/** What is different from kind to kind. */
export type ApplicationSettings =
  | { readonly type: "oidc"; readonly config: OidcConfiguration }
  | { readonly type: "api"; readonly authMethodType: number }
  | { readonly type: "saml"; readonly metadataXml: Uint8Array };

const SECRET_LENGTH = 64;
const FOREVER = Date.UTC(9999, 11, 31, 23, 59, 59);

/** The authentication methods that come with a secret, by their numbers. */
const API_BASIC = 0;
const OIDC_BASIC_AND_POST: readonly number[] = [0, 1];

/** Stores a new application; its name is the only one in the project. */
export function addApplication(
  store: Store,
  project: StoredProject,
  request: NewStoredApplication,
): StoredApplication {
  const { id = "", name } = request;
  for (const one of store.applications.values()) {
    if (one.id === id || (one.projectId === project.id && one.name === name)) {
      throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Application already exists");
    }
  }
  const common = {
    ...newHistory(store.now()),
    id: id === "" ? store.newId() : id,
    projectId: project.id,
    name,
    state: "active" as const,
  };
  const application = withSettings(store, common, request);
  store.applications.set(application.id, application);
  const payload = { appId: application.id, name };
  writePartEvents(
    store,
    project,
    application,
    { type: "project.application.added", payload },
    { type: `project.application.config.${application.type}.added`, payload: configPayload(application) },
  );
  return application;
}

function withSettings(
  store: Store,
  common: Omit<SamlApplication, "type" | "metadataXml">,
  { settings, clientId = store.newId(), clientSecret }: NewStoredApplication,
): StoredApplication {
  if (settings.type === "saml") return { ...common, ...settings };
  const hasSecret =
    settings.type === "api"
      ? settings.authMethodType === API_BASIC
      : OIDC_BASIC_AND_POST.includes(settings.config.authMethodType ?? 0);
  const client = {
    clientId,
    clientSecret: hasSecret ? (clientSecret ?? secretText(SECRET_LENGTH)) : undefined,
    keys: new Map<string, MachineKey>(),
  };
  return { ...common, ...client, ...settings };
}

/** Gives an application another name. */
export function renameApplication(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
  name: string,
): void {
  if (name === "" || name === application.name) return;
  application.name = name;
  const payload = { appId: application.id, name };
  writePartEvents(store, project, application, { type: "project.application.changed", payload });
}

/** Notes that settings of an application were changed. */
export function writeConfigChanged(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
): void {
  const type = `project.application.config.${application.type}.changed`;
  writePartEvents(store, project, application, { type, payload: configPayload(application) });
}

/** Activates or deactivates an application. */
export function setApplicationState(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
  state: State,
): void {
  if (application.state === state) {
    throw state === "inactive"
      ? zitadelError(Code.FailedPrecondition, "COMMAND-dsh35", "Application is not active")
      : zitadelError(Code.FailedPrecondition, "COMMAND-1n8cM", "Application is not inactive");
  }
  application.state = state;
  const type = `project.application.${state === "active" ? "reactivated" : "deactivated"}`;
  writePartEvents(store, project, application, { type, payload: { appId: application.id } });
}

/** Removes an application. */
export function removeApplication(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
): void {
  const payload = { appId: application.id, name: application.name };
  writeEvents(store, project, { type: "project.application.removed", payload });
  store.applications.delete(application.id);
}

/** Makes a new secret, in place of the last one. */
export function newClientSecret(
  store: Store,
  project: StoredProject,
  application: OidcApplication | ApiApplication,
): string {
  application.clientSecret = secretText(SECRET_LENGTH);
  const type = `project.application.config.${application.type}.secret.changed`;
  writePartEvents(store, project, application, { type, payload: { appId: application.id } });
  return application.clientSecret;
}

/** Makes a key pair, and the key file as Zitadel issues it. */
export async function addApplicationKey(
  store: Store,
  project: StoredProject,
  application: ClientApplication,
  expiresAt: number = FOREVER,
): Promise<{ key: MachineKey; keyFile: string }> {
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const id = store.newId();
  const { id: appId, clientId } = application;
  const expirationDate = new Date(expiresAt).toISOString();
  const payload = { applicationId: appId, clientId, keyId: id, type: 1, expirationDate };
  writeEvents(store, project, { type: "project.application.oidc.key.added", payload });
  const key = { id, sequence: project.sequence, createdAt: project.changedAt, expiresAt, publicKey };
  application.keys.set(id, key);
  const keyFile = JSON.stringify({
    type: "application",
    keyId: id,
    key: pair.privateKey.export({ type: "pkcs1", format: "pem" }),
    expirationDate: expirationDate.replace(".000Z", "Z"),
    appId,
    clientId,
  });
  return { key, keyFile };
}

/** Removes a key. */
export function removeApplicationKey(
  store: Store,
  project: StoredProject,
  application: ClientApplication,
  keyId: string,
): void {
  if (!application.keys.delete(keyId)) {
    throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Application key not found");
  }
  writeEvents(store, project, { type: "project.application.oidc.key.removed", payload: { keyId } });
}

/** The application that a write is about; the id tells the responses to an unknown one apart. */
export function writableApplication(
  store: Store,
  projectId: string,
  id: string,
  unknown: string,
): { project: StoredProject; application: StoredApplication } {
  const application = store.applications.get(id);
  const project = store.projects.get(application?.projectId ?? "");
  if (application === undefined || project === undefined || (projectId !== "" && project.id !== projectId)) {
    throw zitadelError(Code.NotFound, unknown, "Application doesn't exist");
  }
  return { project, application };
}

/** The application with a client id, which has credentials of its own. */
export function findClient(store: Store, clientId: string): ClientApplication | undefined {
  for (const application of store.applications.values()) {
    if (application.type !== "saml" && application.clientId === clientId) return application;
  }
  return undefined;
}

function configPayload(application: StoredApplication): { appId: string; clientId?: string } {
  const { id: appId } = application;
  return application.type === "saml" ? { appId } : { appId, clientId: application.clientId };
}
