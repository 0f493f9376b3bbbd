import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { findLinkedUser } from "./idp-links.ts";
import type { ExternalUser, IdpIntent } from "./model/idp-intent.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, writeEvents } from "./store.ts";

const LIFETIME_MS = 3_600_000;
const TOKEN_BYTES = 34;

/** Records that a user is sent to sign in at an identity provider. */
export function startIntent(
  store: Store,
  request: Pick<IdpIntent, "id" | "idpId" | "successUrl" | "failureUrl" | "codeVerifier">,
): IdpIntent {
  const { id, idpId, successUrl, failureUrl } = request;
  const identity = { aggregateType: "idpintent", id, resourceOwner: store.instanceId };
  const intent: IdpIntent = {
    ...newAggregate(store, identity),
    ...request,
    state: "started",
    token: "",
    expiresAt: Number.POSITIVE_INFINITY,
    external: undefined,
    userId: "",
  };
  store.idpIntents.set(intent.id, intent);
  writeEvents(store, intent, {
    type: "idpintent.started",
    payload: { successURL: successUrl, failureURL: failureUrl, idpId },
  });
  return intent;
}

/** Records the account that has signed in at the identity provider. */
export function succeedIntent(store: Store, intent: IdpIntent, external: ExternalUser): void {
  intent.state = "succeeded";
  intent.token = randomBytes(TOKEN_BYTES).toString("base64url");
  intent.expiresAt = store.now() + LIFETIME_MS;
  intent.external = external;
  intent.userId = findLinkedUser(store, intent.idpId, external.id) ?? "";
  const { id: idpUserId, username: idpUserName } = external;
  const payload = { idpUser: external.raw, idpUserId, idpUserName, userId: intent.userId };
  writeEvents(store, intent, { type: "idpintent.succeeded", payload });
}

/** Records that the sign-in has failed. */
export function failIntent(store: Store, intent: IdpIntent, reason: string): void {
  intent.state = "failed";
  writeEvents(store, intent, { type: "idpintent.failed", payload: { reason } });
}

/** Finds an intent by its id and token. The token is checked first. */
export function checkIntentToken(store: Store, intentId: string, token: string): IdpIntent {
  if (token === "") throw invalidToken("CRYPTO-Sfefs");
  if (!/^[\w-]*$/.test(token) || token.length % 4 === 1) throw invalidToken("CRYPTO-Swg31");
  for (const intent of store.idpIntents.values()) {
    if (intent.token !== token) continue;
    if (intent.id !== intentId) throw invalidToken("CRYPTO-CRYPTO");
    return intent;
  }
  throw invalidToken("CRYPTO-Sf4gt");
}

function invalidToken(id: string): Error {
  return zitadelError(Code.PermissionDenied, id, "Intent Token is invalid");
}
