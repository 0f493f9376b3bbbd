import type { HttpRequest, HttpResponse } from "../net/http.ts";
import { addDeviceAuthorization } from "../state/auth-requests.ts";
import type { Store } from "../state/model/store.ts";
import { resolveScopes } from "./asked-scopes.ts";
import { authenticateApplication } from "./client-authentication.ts";
import { parseForm, respondOauth, respondOrFail } from "./form.ts";
import { parseScopes } from "./scopes.ts";

const INTERVAL_SECONDS = 5;

/** Handles a device authorization request (RFC 8628, section 3.1). */
export async function handleDeviceAuthorization(
  { store }: { readonly store: Store },
  request: HttpRequest,
  origin: string,
): Promise<HttpResponse> {
  return await respondOrFail(async () => {
    const form = parseForm(request);
    const application = await authenticateApplication(store, form, request, origin);
    const asked = resolveScopes(store, application, parseScopes(form));
    const { clientId } = application;
    const { id, userCode, expiresAt } = addDeviceAuthorization(store, { ...asked, clientId });
    const verificationUri = `${origin}/device`;
    return respondOauth(200, {
      device_code: id,
      user_code: userCode,
      verification_uri: verificationUri,
      verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
      expires_in: Math.round((expiresAt - store.now()) / 1_000),
      interval: INTERVAL_SECONDS,
    });
  });
}
