import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { ExternalUser, IdpIntent } from "./model/idp-intent.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, writeEvents } from "./store.ts";

const LIFETIME_MS = 3_600_000;
/** Shorter ones cannot be decrypted. */
const MIN_TOKEN_BYTES = 16;

/** Notes that somebody is sent to sign in elsewhere. */
export function startIntent(
  store: Store,
  { idpId, successUrl, failureUrl }: Pick<IdpIntent, "idpId" | "successUrl" | "failureUrl">,
): IdpIntent {
  const identity = { aggregateType: "idpintent", id: store.newId(), resourceOwner: store.instanceId };
  const intent: IdpIntent = {
    ...newAggregate(store, identity),
    idpId,
    successUrl,
    failureUrl,
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

/** Notes who has signed in elsewhere. */
export function succeedIntent(store: Store, intent: IdpIntent, external: ExternalUser): void {
  intent.state = "succeeded";
  intent.token = randomBytes(34).toString("base64url");
  intent.expiresAt = store.now() + LIFETIME_MS;
  intent.external = external;
  intent.userId = findLinkedUser(store, intent.idpId, external.id) ?? "";
  const { id: idpUserId, username: idpUserName } = external;
  const payload = { idpUser: external.raw, idpUserId, idpUserName, userId: intent.userId };
  writeEvents(store, intent, { type: "idpintent.succeeded", payload });
}

/** Notes that nobody has. */
export function failIntent(store: Store, intent: IdpIntent, reason: string): void {
  intent.state = "failed";
  writeEvents(store, intent, { type: "idpintent.failed", payload: { reason } });
}

/** Checks the token of an intent, before anything else. Returns the intent. */
export function checkIntentToken(store: Store, intentId: string, token: string): IdpIntent | undefined {
  if (token === "") throw invalidToken("CRYPTO-Sfefs");
  if (!/^[\w-]*$/.test(token) || token.length % 4 === 1) throw invalidToken("CRYPTO-Swg31");
  if (Buffer.from(token, "base64url").length < MIN_TOKEN_BYTES) throw invalidToken("CRYPTO-Sf4gt");
  const intent = store.idpIntents.get(intentId);
  if (intent?.token !== token) throw invalidToken("CRYPTO-CRYPTO");
  return intent;
}

/** The user who is linked to an account elsewhere. */
export function findLinkedUser(store: Store, idpId: string, externalId: string): string | undefined {
  for (const [userId, { idpLinks }] of store.authMethods) {
    if (idpLinks.has(`${idpId} ${externalId}`)) return userId;
  }
  return undefined;
}

function invalidToken(id: string): Error {
  return zitadelError(Code.PermissionDenied, id, "Intent Token is invalid");
}
