import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { ensureAuthMethods, getAuthMethods } from "./auth-methods.ts";
import { providerNotFound } from "./identity-providers.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { IdpLink } from "./model/auth-methods.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { writeEvents } from "./store.ts";

/** Throws if a user of an organization cannot be linked to an account: unknown provider, or already linked. */
export function checkIdpLink(store: Store, organizationId: string, { idpId, externalId }: IdpLink): void {
  const owner = store.identityProviders.get(idpId)?.resourceOwner;
  if (owner === undefined || (owner !== store.instanceId && owner !== organizationId)) {
    throw providerNotFound(Code.FailedPrecondition, "COMMAND-39nf2");
  }
  if (findLinkedUser(store, idpId, externalId) !== undefined) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "External IDP already taken");
  }
}

/** Links a user to an account at an identity provider. */
export function addIdpLink(store: Store, user: User, link: IdpLink): void {
  const { idpId: idpConfigId, externalId: userId, displayName } = link;
  ensureAuthMethods(store, user.id).idpLinks.set(toKey(link), link);
  const payload = { idpConfigId, userId, displayName };
  writeEvents(store, user, { type: "user.human.externalidp.added", payload });
}

/** Removes a link. Returns whether it existed. `by`: what removes it, a call or the removal of the provider. */
export function removeIdpLink(
  store: Store,
  user: Aggregate,
  link: Pick<IdpLink, "idpId" | "externalId">,
  by: "call" | "cascade" = "call",
): boolean {
  if (!getAuthMethods(store, user.id).idpLinks.delete(toKey(link))) return false;
  const type = `user.human.externalidp.${by === "call" ? "" : "cascade."}removed`;
  writeEvents(store, user, { type, payload: { idpConfigId: link.idpId, userId: link.externalId } });
  return true;
}

/** Finds the id of the user who is linked to an account at an identity provider. */
export function findLinkedUser(store: Store, idpId: string, externalId: string): string | undefined {
  const key = toKey({ idpId, externalId });
  for (const [userId, { idpLinks }] of store.authMethods) if (idpLinks.has(key)) return userId;
  return undefined;
}

/** Whether a user is linked to an account at an identity provider. */
export function isLinked(store: Store, userId: string, link: Pick<IdpLink, "idpId" | "externalId">): boolean {
  return getAuthMethods(store, userId).idpLinks.has(toKey(link));
}

function toKey({ idpId, externalId }: Pick<IdpLink, "idpId" | "externalId">): string {
  return `${idpId} ${externalId}`;
}
