import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { newSecret } from "./codes.ts";
import type { IssuedKey } from "./credentials.ts";
import { checkExpiry } from "./credentials.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { KeyPair } from "./key-pairs.ts";
import type { State } from "./model/aggregate.ts";
import type {
  ApiApplication,
  ApiConfiguration,
  ClientApplication,
  OidcApplication,
  OidcConfiguration,
  SamlApplication,
  SamlConfiguration,
  StoredApplication,
} from "./model/application.ts";
import type { StoredProject } from "./model/project.ts";
import type { Store } from "./model/store.ts";
import type { MachineKey } from "./model/user.ts";
import { newHistory, writeEvents, writePartEvents } from "./store.ts";

export interface NewStoredApplication {
  readonly id?: string | undefined;
  readonly name: string;
  readonly settings: ApplicationSettings;
  /** Default: generated. */
  readonly clientId?: string | undefined;
  /** For kinds that have a secret. Default: generated. */
  readonly clientSecret?: string | undefined;
}

/** The settings of each kind. Omitted ones get the server's defaults. */
export type ApplicationSettings =
  | { readonly type: "oidc"; readonly config: Partial<OidcConfiguration> }
  | { readonly type: "api"; readonly config: ApiConfiguration }
  | { readonly type: "saml"; readonly config: SamlConfiguration };

const FOREVER = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Enum values, as the API numbers them. */
const API_BASIC = 0;
const OIDC_BASIC_AND_POST: readonly number[] = [0, 1];
const [API_PRIVATE_KEY_JWT, OIDC_PRIVATE_KEY_JWT] = [1, 3];
const CODE = 1;
const [AUTHORIZATION_CODE, IMPLICIT, DEVICE_CODE] = [0, 1, 3];

const OIDC_DEFAULTS: OidcConfiguration = {
  redirectUris: [],
  postLogoutRedirectUris: [],
  additionalOrigins: [],
  responseTypes: [CODE],
  grantTypes: [AUTHORIZATION_CODE],
  applicationType: 0,
  authMethodType: 0,
  accessTokenType: 0,
  devMode: false,
  accessTokenRoleAssertion: false,
  idTokenRoleAssertion: false,
  idTokenUserinfoAssertion: false,
  skipNativeAppSuccessPage: false,
  clockSkewMs: 0,
  backChannelLogoutUri: "",
  loginVersion: 0,
  loginBaseUri: "",
};

/** Creates an application. Its name must be unique in the project. */
export function addApplication(
  store: Store,
  project: StoredProject,
  request: NewStoredApplication,
): StoredApplication {
  const { name, settings } = request;
  // SAML applications always get a generated id.
  const id = settings.type === "saml" ? "" : (request.id ?? "");
  if (settings.type === "oidc" && !isValid({ ...OIDC_DEFAULTS, ...settings.config })) {
    throw zitadelError(Code.InvalidArgument, "PROJECT-1n8df", "Application invalid");
  }
  if (settings.type === "saml") findEntityId(settings.config.metadata, "SAML-bquso");
  const first = store.applications.get(id);
  if (first?.projectId === project.id && settings.type === "oidc") {
    throw zitadelError(Code.FailedPrecondition, "PROJECT-lxowmp", "Errors.Project.App.AlreadyExisting");
  }
  requireFreeName(store, project, name);
  const common = {
    ...newHistory(store.now()),
    id: id === "" ? store.newId() : id,
    projectId: project.id,
    name,
    state: "active" as const,
  };
  const application = withSettings(store, common, request);
  if (application.type === "saml") requireFreeEntityId(store, application.config, undefined);
  // The server accepts an id that is taken and writes the events, but keeps only the first application.
  if (first === undefined) store.applications.set(application.id, application);
  const payload = { appId: application.id, name };
  writePartEvents(
    store,
    project,
    application,
    { type: "project.application.added", payload },
    {
      type: `project.application.config.${application.type}.added`,
      payload: { ...clientPayload(application), ...configPayload(application.type, application.config) },
    },
  );
  return application;
}

function withSettings(
  store: Store,
  common: Omit<SamlApplication, "type" | "config">,
  { settings, clientId = store.newId(), clientSecret }: NewStoredApplication,
): StoredApplication {
  if (settings.type === "saml") return { ...common, ...settings };
  const config = { ...OIDC_DEFAULTS, ...settings.config };
  const hasSecret =
    settings.type === "api"
      ? config.authMethodType === API_BASIC
      : OIDC_BASIC_AND_POST.includes(config.authMethodType);
  const client = {
    clientId,
    clientSecret: hasSecret ? (clientSecret ?? newSecret(store, "appSecret")) : undefined,
    keys: new Map<string, MachineKey>(),
  };
  return settings.type === "api"
    ? { ...common, ...client, ...settings }
    : { ...common, ...client, type: "oidc", config };
}

/** Each response type requires a grant type, and origins must have no path. */
function isValid({ responseTypes, grantTypes, additionalOrigins }: OidcConfiguration): boolean {
  const code = grantTypes.includes(DEVICE_CODE) ? DEVICE_CODE : AUTHORIZATION_CODE;
  const needed = responseTypes.map((type) => (type === CODE ? code : IMPLICIT));
  return (
    needed.length > 0 &&
    needed.every((type) => grantTypes.includes(type)) &&
    additionalOrigins.every((origin) => URL.canParse(origin) && /^[^/?#]+:\/\/[^/?#]+$/.test(origin.trim()))
  );
}

/** The entity id in SAML metadata. Throws an error with the id `errorId` if the metadata is invalid. */
function findEntityId(metadata: Uint8Array, errorId: string): string {
  const text = Buffer.from(metadata).toString();
  const [tag = "", prefix = ""] = /<(\w+:|)EntityDescriptor\s[^>]*/.exec(text) ?? [];
  const read = (name: string) => new RegExp(`\\s${name}\\s*=\\s*["']([^"']*)`).exec(tag)?.[1];
  const namespace = read(prefix === "" ? "xmlns" : `xmlns:${prefix.slice(0, -1)}`);
  const id = read("entityID");
  if (id !== undefined && namespace === "urn:oasis:names:tc:SAML:2.0:metadata") return id;
  throw zitadelError(Code.InvalidArgument, errorId, "SAML Metadata format error");
}

/** The entity id of a SAML application. */
export function getEntityId({ config }: SamlApplication): string {
  return findEntityId(config.metadata, "");
}

function requireFreeEntityId(
  store: Store,
  { metadata }: SamlConfiguration,
  own: SamlApplication | undefined,
): void {
  const wanted = findEntityId(metadata, "");
  for (const one of store.applications.values()) {
    if (one.type !== "saml" || one === own || getEntityId(one) !== wanted) continue;
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Errors.Project.App.SAMLEntityIDAlreadyExists");
  }
}

function requireFreeName(store: Store, project: StoredProject, name: string): void {
  for (const one of store.applications.values()) {
    if (one.projectId === project.id && one.name === name) {
      throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Application already exists");
    }
  }
}

/** Renames an application. Throws if the name is the same. */
export function renameApplication(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
  name: string,
): void {
  if (name === application.name) throw zitadelError(Code.FailedPrecondition, "COMMAND-2m8vx", "No changes");
  requireFreeName(store, project, name);
  application.name = name;
  const payload = { appId: application.id, name };
  writePartEvents(store, project, application, { type: "project.application.changed", payload });
}

const OTHER_TYPE = {
  oidc: ["COMMAND-GBr34", "Application is not type OIDC"],
  api: ["COMMAND-Gnwt3", "Application is not type API"],
  saml: ["COMMAND-GBr35", "Application is not type SAML"],
} as const;

/** Changes the settings of an application. Throws if none differs. */
export function configureApplication(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
  { type, config }: ApplicationSettings,
): void {
  if (application.type !== type) {
    const [id, message] = OTHER_TYPE[type];
    throw zitadelError(Code.InvalidArgument, id, message);
  }
  if (application.type === "oidc" && !isValid({ ...application.config, ...config })) {
    throw zitadelError(Code.InvalidArgument, "COMMAND-5m9fs", "OIDC configuration is invalid");
  }
  if (type === "saml") {
    findEntityId(config.metadata, "SAML-3fk2b");
    if (application.type === "saml") requireFreeEntityId(store, config, application);
  }
  const current: Readonly<Record<string, unknown>> = { ...application.config };
  const changes = Object.fromEntries(
    Object.entries(config).filter(([name, value]) => String(current[name]) !== String(value)),
  );
  if (Object.keys(changes).length === 0) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-1m88i", "No changes");
  }
  // Checked above: the settings are of the application's type.
  application.config = { ...application.config, ...changes } as never;
  const payload = { appId: application.id, ...configPayload(type, changes) };
  const changed = { type: `project.application.config.${type}.changed`, payload };
  writePartEvents(store, project, application, changed);
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

export function removeApplication(
  store: Store,
  project: StoredProject,
  application: StoredApplication,
): void {
  const payload = { appId: application.id, name: application.name };
  writeEvents(store, project, { type: "project.application.removed", payload });
  store.applications.delete(application.id);
}

/** Replaces the client secret. */
export function newClientSecret(
  store: Store,
  project: StoredProject,
  application: OidcApplication | ApiApplication,
): string {
  const clientSecret = newSecret(store, "appSecret");
  application.clientSecret = clientSecret;
  const type = `project.application.config.${application.type}.secret.changed`;
  writePartEvents(store, project, application, { type, payload: { appId: application.id } });
  return clientSecret;
}

/** Throws if an application does not authenticate with keys, or if the expiry is in the past. */
export function requireKeys(
  store: Store,
  application: StoredApplication,
  expiresAt: number | undefined,
): ClientApplication {
  const needed = application.type === "api" ? API_PRIVATE_KEY_JWT : OIDC_PRIVATE_KEY_JWT;
  if (application.type === "saml" || application.config.authMethodType !== needed) {
    const message = "Chosen Auth Method does not require a key";
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Dff54", message);
  }
  if (expiresAt !== undefined) checkExpiry(store, expiresAt);
  return application;
}

/** Registers the public key of a pair. Returns the key with the file that Zitadel would issue for it. */
export function addApplicationKey(
  store: Store,
  project: StoredProject,
  application: ClientApplication,
  { pair, expiresAt = FOREVER }: { readonly pair: KeyPair; readonly expiresAt?: number | undefined },
): IssuedKey {
  const id = store.newId();
  const { id: appId, clientId } = application;
  const expirationDate = new Date(expiresAt).toISOString();
  const payload = { applicationId: appId, clientId, keyId: id, type: 1, expirationDate };
  writeEvents(store, project, { type: "project.application.oidc.key.added", payload });
  const key = {
    id,
    sequence: project.sequence,
    createdAt: project.changedAt,
    expiresAt,
    get publicKey() {
      return pair.publicKey;
    },
  };
  application.keys.set(id, key);
  return {
    key,
    get keyFile() {
      const file = { type: "application", keyId: id, key: pair.privateKey };
      return JSON.stringify({
        ...file,
        expirationDate: expirationDate.replace(".000Z", "Z"),
        appId,
        clientId,
      });
    },
  };
}

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

/** Finds the application to change. Throws an error with the id `unknown` if there is none. */
export function requireApplication(
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

/** Finds an application by its client id. */
export function findClient(store: Store, clientId: string): ClientApplication | undefined {
  for (const application of store.applications.values()) {
    if (application.type !== "saml" && application.clientId === clientId) return application;
  }
  return undefined;
}

function clientPayload(application: StoredApplication): { appId: string; clientId?: string } {
  const { id: appId } = application;
  return application.type === "saml" ? { appId } : { appId, clientId: application.clientId };
}

/** Renames the settings as in events, and omits empty values. */
function configPayload(type: StoredApplication["type"], config: object): JsonObject {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]: [string, unknown]) => {
      if (value === "" || value === 0 || value === false || String(value) === "") return [];
      if (name === "clockSkewMs") return [["clockSkew", toNanoseconds(Number(value))]];
      if (value instanceof Uint8Array) return [[name, Buffer.from(value).toString("base64")]];
      return [[type === "oidc" ? (NAMES[name] ?? name) : name, value as JsonValue]];
    }),
  );
}

const NAMES: Readonly<Record<string, string>> = {
  backChannelLogoutUri: "backChannelLogoutURI",
  loginBaseUri: "loginBaseURI",
};
