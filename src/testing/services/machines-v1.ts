import type { ManagementService } from "../../../gen/zitadel/management_pb.js";
import type { Handlers } from "../handlers.ts";
import {
  addKey,
  addPersonalAccessToken,
  addPublicKey,
  addSecret,
  PAT_SCOPES,
  removeKey,
  removePersonalAccessToken,
  removeSecret,
} from "../state/credentials.ts";
import type { Store } from "../state/model/store.ts";
import { changeDetailsV1 } from "./details.ts";
import { pageOf } from "./lists.ts";
import { credentialView, findCredentials, type ListedCredential, toExpiry } from "./user-v2/credentials.ts";
import { writableMachine } from "./user-v2/writable.ts";
import { listDetailsV1 } from "./views-v1.ts";

/** Keys, secrets and personal access tokens of machines, in v1. */
export function machineHandlersV1(store: Store): Handlers<typeof ManagementService> {
  return {
    addMachineKey: async ({ userId, expirationDate, publicKey }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = toExpiry(store, expirationDate);
      if (publicKey.length > 0) {
        const { id: keyId } = addPublicKey(
          store,
          user,
          machine,
          Buffer.from(publicKey).toString(),
          expiresAt,
        );
        return { keyId, details: changeDetailsV1(user) };
      }
      const { key, keyFile } = await addKey(store, user, machine, expiresAt);
      return { keyId: key.id, keyDetails: Buffer.from(keyFile), details: changeDetailsV1(user) };
    },
    removeMachineKey: ({ userId, keyId }) => {
      return { details: changeDetailsV1(removeKey(store, store.users.get(userId), keyId)) };
    },
    listMachineKeys: ({ userId, query }) => {
      const page = pageOf(credentialsOf(store, "keys", userId), query, ({ id }) => id);
      return {
        details: listDetailsV1(store, page),
        result: page.items.map((one) => ({ ...view(one), type: 1 })),
      };
    },
    generateMachineSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      const clientSecret = addSecret(store, user, machine);
      return { clientId: user.username, clientSecret, details: changeDetailsV1(user) };
    },
    removeMachineSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      removeSecret(store, user, machine);
      return { details: changeDetailsV1(user) };
    },
    addPersonalAccessToken: ({ userId, expirationDate }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = toExpiry(store, expirationDate);
      const { id, token } = addPersonalAccessToken(store, user, machine, expiresAt);
      return { tokenId: id, token, details: changeDetailsV1(user) };
    },
    removePersonalAccessToken: ({ userId, tokenId }) => {
      const user = removePersonalAccessToken(store, store.users.get(userId), tokenId);
      return { details: changeDetailsV1(user) };
    },
    listPersonalAccessTokens: ({ userId, query }) => {
      const page = pageOf(credentialsOf(store, "tokens", userId), query, ({ id }) => id);
      const result = page.items.map((one) => ({ ...view(one), scopes: [...PAT_SCOPES] }));
      return { details: listDetailsV1(store, page), result };
    },
  };
}

function credentialsOf(store: Store, kind: "keys" | "tokens", id: string): ListedCredential[] {
  return findCredentials(store, kind, [{ filter: { case: "userIdFilter", value: { id } } }]);
}

function view(one: ListedCredential) {
  const { id, creationDate, changeDate, expirationDate, organizationId: resourceOwner } = credentialView(one);
  return { id, details: { creationDate, changeDate, resourceOwner }, expirationDate };
}
