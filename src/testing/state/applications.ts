import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { checkOptions, requireKnown } from "../../shared/invalid-option.ts";
import type { Store } from "./model/store.ts";
import { createProject } from "./projects.ts";
import { secretText } from "./store.ts";

/** An application with a credential of each kind. */
export interface Application {
  readonly clientId: string;
  /** The project that it belongs to: an audience of what it is to exchange. */
  readonly projectId: string;
  readonly clientSecret: string;
  /** The file that Zitadel gives out with a new key of an application, as text. */
  readonly keyFile: string;
}

const SECRET_LENGTH = 64;
const EXPIRES_AT = "9999-12-31T23:59:59Z";

/** What an application is created from. */
export interface NewApplication {
  /** The project that it belongs to. Default: a new one. */
  readonly projectId?: string | undefined;
}

/** Stores a new application. */
export async function createApplication(store: Store, options: NewApplication = {}): Promise<Application> {
  checkOptions("createApplication()", () => requireKnown("", options, { projectId: true }));
  const projectId = options.projectId ?? createProject(store, {}).projectId;
  if (!store.projects.has(projectId)) throw new TypeError(`projectId: there is no project ${projectId}`);
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const [appId, clientId, keyId] = [store.newId(), store.newId(), store.newId()];
  const clientSecret = secretText(SECRET_LENGTH);
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  store.applications.set(clientId, { clientId, projectId, clientSecret, keyId, publicKey });
  const key = pair.privateKey.export({ type: "pkcs1", format: "pem" });
  const keyFile = JSON.stringify({
    type: "application",
    keyId,
    key,
    expirationDate: EXPIRES_AT,
    appId,
    clientId,
  });
  return { clientId, projectId, clientSecret, keyFile };
}
