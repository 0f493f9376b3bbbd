import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decodeJwt } from "jose";
import { zitadelError } from "../errors.ts";
import type { IdentityProvider } from "../state/model/identity-provider.ts";
import type { ExternalUser } from "../state/model/idp-intent.ts";

/** The path to which a provider sends the browser back with a code. */
export const CALLBACK_PATH = "/idps/callback";

const DEFAULT_SCOPES = ["openid", "profile", "email", "phone"];

/** The endpoints of a provider. */
interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly user: string;
  readonly scopes: readonly string[];
}

/**
 * Creates the authorization URL of a provider, for OAuth (RFC 6749, section 4.1.1) or OIDC. Throws for kinds that are
 * not generic, since their providers cannot run locally.
 */
export async function createAuthorizationUrl(
  provider: IdentityProvider,
  state: string,
  redirectUri: string,
  codeVerifier: string,
): Promise<string> {
  const { authorization, scopes } = await findEndpoints(provider);
  const parameters: Record<string, string> = {
    client_id: readText(provider, "clientId"),
    ...(codeVerifier === ""
      ? {}
      : {
          code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
          code_challenge_method: "S256",
        }),
    prompt: "select_account",
    redirect_uri: redirectUri,
    response_type: "code",
    scope: scopes.join(" "),
    state,
  };
  return `${authorization}${authorization.includes("?") ? "&" : "?"}${new URLSearchParams(parameters)}`;
}

/** Redeems the code from the browser, and fetches the account that has signed in. Throws an `Error` with the reason. */
export async function fetchExternalUser(
  provider: IdentityProvider,
  code: string,
  redirectUri: string,
  codeVerifier: string,
): Promise<ExternalUser> {
  const endpoints = await findEndpoints(provider);
  const tokens = await redeem(provider, endpoints.token, {
    code,
    grant_type: "authorization_code",
    redirect_uri: redirectUri,
    ...(codeVerifier === "" ? {} : { code_verifier: codeVerifier }),
  });
  const accessToken = String(tokens["access_token"] ?? "");
  const idToken = String(tokens["id_token"] ?? "");
  const isMapped = provider.kind === "oidc" && provider.settings["isIdTokenMapping"] === true;
  // The emulator trusts the provider, which belongs to the test, and does not verify the token.
  const info = isMapped
    ? (decodeJwt(idToken) as JsonObject)
    : await getJson(endpoints.user, { authorization: `Bearer ${accessToken}` });
  if (provider.kind === "oauth") {
    const id = info[readText(provider, "idAttribute")] ?? "";
    return { id: String(id), username: "", raw: { RawInfo: info }, accessToken, idToken: "" };
  }
  const { sub = "", preferred_username: username = "" } = info;
  return { id: String(sub), username: String(username), raw: info, accessToken, idToken };
}

async function findEndpoints(provider: IdentityProvider): Promise<Endpoints> {
  const scopes = (provider.settings["scopes"] ?? []) as readonly string[];
  if (provider.kind === "oauth") {
    return {
      authorization: readText(provider, "authorizationEndpoint"),
      token: readText(provider, "tokenEndpoint"),
      user: readText(provider, "userEndpoint"),
      scopes,
    };
  }
  if (provider.kind !== "oidc") {
    const kinds = "generic providers of OAuth and OpenID Connect";
    throw new ConnectError(`The emulator supports signing in only at ${kinds}`, Code.Unimplemented);
  }
  const document = await discover(`${readText(provider, "issuer")}/.well-known/openid-configuration`);
  return {
    authorization: String(document["authorization_endpoint"]),
    token: String(document["token_endpoint"]),
    user: String(document["userinfo_endpoint"]),
    scopes: withOpenId(scopes),
  };
}

function withOpenId(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) return DEFAULT_SCOPES;
  return scopes.includes("openid") ? scopes : [...scopes, "openid"];
}

async function discover(url: string): Promise<JsonObject> {
  try {
    return await getJson(url, {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `OpenID Provider Configuration Discovery has failed\nGet "${url}": ${reason}`;
    throw zitadelError(Code.Unknown, "", message);
  }
}

async function redeem(
  provider: IdentityProvider,
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const [id, secret] = [readText(provider, "clientId"), readText(provider, "clientSecret")];
  const basic = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(basic).toString("base64")}` },
    body: new URLSearchParams(parameters),
  });
  const body = (await response.json()) as JsonObject;
  if (response.ok) return body;
  throw new Error(`oauth2: "${body["error"]}" "${body["error_description"] ?? ""}"`);
}

async function getJson(url: string, headers: Readonly<Record<string, string>>): Promise<JsonObject> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`http status not ok: ${response.status} ${text}`);
  const body = JSON.parse(text) as JsonValue;
  return typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
}

function readText({ settings }: IdentityProvider, name: string): string {
  const value = settings[name];
  return typeof value === "string" ? value : "";
}
