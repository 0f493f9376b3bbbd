import { type HttpRequest, type HttpResponse, respondText } from "../net/http.ts";
import { redirectTo } from "../oidc/form.ts";
import { failIntent, succeedIntent } from "../state/idp-intents.ts";
import type { IdpIntent } from "../state/model/idp-intent.ts";
import type { Store } from "../state/model/store.ts";
import { CALLBACK_PATH, fetchExternalUser } from "./provider-client.ts";

/** Handles the browser's return from a provider. Redirects it to the success or failure URL of its intent. */
export async function handleIdpCallback(
  { store }: { readonly store: Store },
  { query }: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  const state = query.get("state") ?? "";
  if (state === "") return refuse("IDP-Hk38e", "Errors.Intent.StateMissing");
  const intent = store.idpIntents.get(state);
  if (intent === undefined) return refuse("IDP-gy3ctgkqe7", "Errors.Intent.NotStarted");
  if (intent.state !== "started") return failed(intent, "IDP-Sfrgs", "Errors.Intent.NotStarted");
  const error = query.get("error") ?? "";
  if (error !== "") {
    const description = query.get("error_description") ?? "";
    failIntent(store, intent, description === "" ? error : `${error}: ${description}`);
    return failed(intent, error, description);
  }
  try {
    return await finish(store, intent, query.get("code") ?? "", origin);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    failIntent(store, intent, reason);
    return failed(intent, reason, "");
  }
}

async function finish(store: Store, intent: IdpIntent, code: string, origin: string): Promise<HttpResponse> {
  const provider = store.identityProviders.get(intent.idpId);
  if (provider === undefined) throw new Error("COMMAND-as02jin");
  const redirectUri = `${origin}${CALLBACK_PATH}`;
  succeedIntent(store, intent, await fetchExternalUser(provider, code, redirectUri, intent.codeVerifier));
  const user = intent.userId === "" ? {} : { user: intent.userId };
  return redirectTo(addQuery(intent.successUrl, { id: intent.id, token: intent.token, ...user }));
}

function failed(intent: IdpIntent, error: string, description: string): HttpResponse {
  const parameters = { error, error_description: description, id: intent.id };
  return redirectTo(addQuery(intent.failureUrl, parameters));
}

function addQuery(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  url.searchParams.sort();
  return url.href;
}

function refuse(id: string, message: string): HttpResponse {
  return respondText(400, `ID=${id} Message=${message}`);
}
