import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { findClient } from "../state/applications.ts";
import { addAuthRequest } from "../state/auth-requests.ts";
import type { OidcApplication } from "../state/model/application.ts";
import { resolveScopes } from "./asked-scopes.ts";
import { parseForm, redirectTo, respondOrFail } from "./form.ts";
import { findHintedUser } from "./id-token-hint.ts";
import { OAuthError, toOAuthError } from "./oauth-error.ts";
import { checkRedirectUri } from "./redirect-uris.ts";
import { filterKnownScopes, parseScopes } from "./scopes.ts";
import type { TokenIssuer } from "./tokens.ts";

const ASK_ADMINISTRATOR = "If you have any questions, you may contact the administrator of the application.";

/** The response types of an application, by the enum's numbers in the API. */
const RESPONSE_TYPES: readonly string[] = ["code", "code", "id_token", "id_token token"];

/** The path of Zitadel 4's login. */
const LOGIN_PATH = "/ui/v2/login";

/**
 * Handles an authorization request (RFC 6749, section 4.1): sends the browser to the login, which reads the request and
 * links a session to it with `zitadel.oidc.v2.OIDCService`.
 */
export async function handleAuthorization(
  issuer: TokenIssuer,
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () => {
    const { store } = issuer;
    const form = parseForm(request);
    const application = findApplication(issuer, form);
    const redirectUri = form.get("redirect_uri") ?? "";
    if (redirectUri === "") {
      throw new OAuthError("server_error", "auth request is missing redirect_uri", 500);
    }
    const prompts = parseWords(form, "prompt");
    if (prompts.includes("none") && prompts.length > 1) {
      const text = "The prompt parameter `none` must only be used as a single value";
      throw new OAuthError("invalid_request", text);
    }
    const roles = [...(store.projects.get(application.projectId)?.roles.keys() ?? [])];
    const asked = filterKnownScopes(parseScopes(form), roles);
    const responseType = form.get("response_type") ?? "";
    checkRedirectUri(application, redirectUri, responseType);
    checkResponseType(application, responseType);
    const hintUserId = await findHintedUser(issuer, form.get("id_token_hint") ?? "", origin);
    try {
      const { id } = addAuthRequest(store, {
        ...readSettings(form),
        ...resolveScopes(store, application, asked),
        clientId: application.clientId,
        loginClient: request.headers.get("x-zitadel-login-client") ?? "",
        redirectUri,
        responseType,
        prompts,
        maxAgeSeconds: prompts.includes("login") ? 0 : toNumber(form.get("max_age")),
        hintUserId,
        issuer: origin,
      });
      return redirectTo(toLoginUrl(application, id));
    } catch (cause) {
      return redirectWithError(form, redirectUri, cause);
    }
  });
}

function findApplication({ store }: TokenIssuer, form: URLSearchParams): OidcApplication {
  const clientId = form.get("client_id") ?? "";
  if (clientId === "") throw new OAuthError("invalid_request", "auth request is missing client_id");
  const application = findClient(store, clientId);
  if (application?.type !== "oidc" || application.state !== "active") {
    throw new OAuthError("invalid_request", "Errors.App.NotFound");
  }
  return application;
}

function checkResponseType({ config }: OidcApplication, responseType: string): void {
  if (responseType === "") {
    const text = `The response type is missing in your request. ${ASK_ADMINISTRATOR}`;
    throw new OAuthError("invalid_request", text);
  }
  const { responseTypes = [] } = config;
  const allowed = responseTypes.length === 0 ? ["code"] : responseTypes.map((one) => RESPONSE_TYPES[one]);
  if (allowed.includes(responseType)) return;
  const text = `The requested response type is missing in the client configuration. ${ASK_ADMINISTRATOR}`;
  throw new OAuthError("unauthorized_client", text);
}

/** Reads the parameters that are stored unchanged. */
function readSettings(form: URLSearchParams) {
  const challenge = form.get("code_challenge") ?? "";
  return {
    responseMode: form.get("response_mode") ?? "",
    state: form.get("state") ?? "",
    nonce: form.get("nonce") ?? "",
    codeChallenge:
      challenge === ""
        ? undefined
        : { value: challenge, method: form.get("code_challenge_method") ?? "plain" },
    uiLocales: parseWords(form, "ui_locales"),
    loginHint: form.get("login_hint") ?? undefined,
  };
}

function parseWords(form: URLSearchParams, name: string): string[] {
  return (form.get(name) ?? "").split(" ").filter((word) => word !== "");
}

function toNumber(text: string | null): number | undefined {
  return text === null || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** The URL of the login, which an application can override. */
function toLoginUrl({ config }: OidcApplication, id: string): string {
  const { loginBaseUri } = config;
  const login = loginBaseUri === "" ? LOGIN_PATH : loginBaseUri.replace(/\/$/, "");
  return `${login}/login?authRequest=${id}`;
}

function redirectWithError(form: URLSearchParams, redirectUri: string, cause: unknown): HttpResponse {
  const error = toOAuthError(cause);
  if (!(error instanceof OAuthError)) throw cause;
  const url = new URL(redirectUri);
  url.searchParams.set("error", error.error);
  url.searchParams.set("error_description", error.message);
  const state = form.get("state") ?? "";
  if (state !== "") url.searchParams.set("state", state);
  return redirectTo(url.href);
}
