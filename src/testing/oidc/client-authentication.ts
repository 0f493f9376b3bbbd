import { decodeJwt } from "jose";
import type { HttpRequest } from "../net/http.ts";
import { findClient } from "../state/applications.ts";
import type { ClientApplication, OidcApplication } from "../state/model/application.ts";
import type { Store } from "../state/model/store.ts";
import { OAuthError } from "./oauth-error.ts";
import { verifyAssertion } from "./verify-assertion.ts";

/** The credentials of a client in a request. An assertion replaces the other two. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
  readonly assertion: string;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The authentication methods of an OIDC application, as the API numbers them. */
const BASIC_AND_POST: readonly number[] = [0, 1];
const PRIVATE_KEY_JWT = 3;

/** Reads the client's credentials. The header takes precedence over the form. */
export function parseClientCredentials(form: URLSearchParams, { headers }: HttpRequest): ClientCredentials {
  const basic = /^Basic (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const [id = "", secret = ""] =
    basic === undefined
      ? [form.get("client_id") ?? "", form.get("client_secret") ?? ""]
      : Buffer.from(basic, "base64").toString("utf8").split(":").map(decodeFormValue);
  const assertion = form.get("client_assertion") ?? "";
  if (id === "" && assertion === "") {
    throw new OAuthError("invalid_request", "client_id or client_assertion must be provided");
  }
  const type = form.get("client_assertion_type") ?? "";
  if (assertion !== "" && type !== ASSERTION_TYPE) {
    throw new OAuthError("invalid_request", `invalid client_assertion_type ${type}`);
  }
  return { id, secret, assertion };
}

/** Decodes the id or the secret in the header: both are form-encoded (RFC 6749, section 2.3.1). */
function decodeFormValue(text: string): string {
  return new URLSearchParams(`v=${text}`).get("v") ?? "";
}

/** Authenticates the OIDC application that sends a request, with its configured method. */
export async function authenticateApplication(
  store: Store,
  form: URLSearchParams,
  request: HttpRequest,
  issuer: string,
): Promise<OidcApplication> {
  const credentials = parseClientCredentials(form, request);
  const clientId = parseClientId(credentials);
  if (clientId === undefined) throw new OAuthError("invalid_client", "");
  const application = findActiveClient(store, clientId);
  if (application?.type !== "oidc") throw new OAuthError("invalid_client", "no active client not found");
  const method = application.config.authMethodType;
  if (BASIC_AND_POST.includes(method)) {
    if (credentials.secret === "") throw new OAuthError("invalid_client", "empty client secret");
    if (credentials.secret !== application.clientSecret) {
      throw new OAuthError("invalid_client", "invalid secret");
    }
  }
  if (method === PRIVATE_KEY_JWT) {
    const { assertion } = credentials;
    if (assertion === "") throw new OAuthError("invalid_client", "empty client assertion");
    if (!(await isSignedBy(store, application, assertion, issuer))) {
      throw new OAuthError("invalid_client", "invalid assertion");
    }
  }
  requireGrantType(application, form.get("grant_type") ?? "");
  return application;
}

/**
 * Authenticates the introspecting application with its key or secret. All failures are the same error. Returns
 * undefined if an assertion cannot be parsed: then the server reports every token as inactive.
 */
export async function authenticateIntrospection(
  store: Store,
  credentials: ClientCredentials,
  issuer: string,
): Promise<ClientApplication | undefined> {
  const clientId = parseClientId(credentials);
  if (clientId === undefined) return undefined;
  const application = findActiveClient(store, clientId);
  const { secret, assertion } = credentials;
  const isGood =
    application !== undefined &&
    (assertion === ""
      ? application.clientSecret !== undefined && secret === application.clientSecret
      : await isSignedBy(store, application, assertion, issuer));
  if (!isGood) throw new OAuthError("unauthorized_client", "");
  return application;
}

/** Finds a client. Undefined unless it, its project and the project's organization are active. */
function findActiveClient(store: Store, clientId: string): ClientApplication | undefined {
  const application = findClient(store, clientId);
  const project = store.projects.get(application?.projectId ?? "");
  const organization = store.organizations.get(project?.resourceOwner ?? "");
  const isActive = [application, project, organization].every((one) => one?.state === "active");
  return isActive ? application : undefined;
}

/** Finds the client id, which an assertion contains as `iss`. Undefined if the assertion cannot be parsed. */
function parseClientId({ id, assertion }: ClientCredentials): string | undefined {
  if (assertion === "") return id;
  try {
    return decodeJwt(assertion).iss ?? "";
  } catch {
    return undefined;
  }
}

async function isSignedBy(
  store: Store,
  { clientId, keys }: ClientApplication,
  assertion: string,
  issuer: string,
): Promise<boolean> {
  const now = store.now();
  const findKey = (_: string, keyId: string): string | undefined => {
    const key = keys.get(keyId);
    return key !== undefined && key.expiresAt > now ? key.publicKey : undefined;
  };
  const subject = await verifyAssertion(assertion, issuer, now, findKey).catch(() => undefined);
  return subject === clientId;
}

/** The grant types of an OIDC application, by the enum's numbers in the API. */
const GRANT_TYPES: readonly string[] = [
  "authorization_code",
  "implicit",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
  "urn:ietf:params:oauth:grant-type:token-exchange",
];

/** Whether an application may use a grant. */
export function hasGrantType({ config }: OidcApplication, type: string): boolean {
  // The server adds the default if an application has no grant types.
  const { grantTypes = [] } = config;
  return (grantTypes.length === 0 ? [0] : grantTypes).some((one) => GRANT_TYPES[one] === type);
}

function requireGrantType(application: OidcApplication, type: string): void {
  if (type !== "" && !hasGrantType(application, type)) {
    throw new OAuthError("unauthorized_client", `grant_type "${type}" not allowed`);
  }
}
