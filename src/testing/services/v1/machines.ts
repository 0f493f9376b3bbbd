import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type KeySchema, KeyType } from "../../../../gen/zitadel/auth_n_key_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { PersonalAccessTokenSchema } from "../../../../gen/zitadel/user_pb.js";
import { preconditionError, zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  addKey,
  addPersonalAccessToken,
  addPublicKey,
  addSecret,
  checkExpiry,
  checkPublicKey,
  PAT_SCOPES,
  removeKey,
  removePersonalAccessToken,
  removeSecret,
} from "../../state/credentials.ts";
import { generateRsaPair } from "../../state/key-pairs.ts";
import type { Store } from "../../state/model/store.ts";
import type { Machine, MachineKey, PersonalAccessToken, User } from "../../state/model/user.ts";

import { differences, secretText, writeEvents } from "../../state/store.ts";
import { machineChanged, TOKEN_TYPE } from "../../state/user-events.ts";
import { newMachine, readUser, userNotFound } from "../../state/users.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { toListResponse } from "./lists.ts";
import { findOwnUser } from "./users.ts";

/** Machines of an organization, and their credentials. */
export function createMachinesV1(store: Store): Handlers<typeof ManagementService> {
  return {
    updateMachine: ({ userId, name, description, accessTokenType }, { organizationId }) => {
      const user = findOwnUser(store, userId, organizationId);
      if (user === undefined) throw userNotFound("COMMAND-5M0od");
      const type = accessTokenType === TOKEN_TYPE.jwt ? ("jwt" as const) : ("bearer" as const);
      const wanted = { name, description, accessTokenType: type };
      // For a human, the server compares with a machine without a name, and writes only the event.
      const changes = differences<Pick<Machine, keyof typeof wanted>>(user.machine ?? NO_MACHINE, wanted);
      if (Object.keys(changes).length === 0)
        throw preconditionError("COMMAND-2n8vs", "Errors.User.NotChanged");
      if (user.machine !== undefined) Object.assign(user.machine, changes);
      writeEvents(store, user, machineChanged(changes));
      return { details: toChangeDetailsV1(user) };
    },
    generateMachineSecret: ({ userId }, { organizationId }) => {
      const user = readUser(store, userId);
      if (user.resourceOwner !== organizationId) throw userNotFound("MANAG-fpo4B");
      const clientSecret =
        user.machine === undefined ? addUnusedSecret(store, user) : addSecret(store, user, user.machine);
      return { clientId: user.username, clientSecret, details: toAddDetailsV1(user) };
    },
    removeMachineSecret: ({ userId }, { organizationId }) => {
      const user = findOwnUser(store, userId, organizationId);
      if (user === undefined) throw preconditionError("COMMAND-x7s802", "Errors.User.NotExisting");
      removeSecret(store, user, user.machine ?? newMachine("", ""));
      return { details: toChangeDetailsV1(user) };
    },
    ...createKeyHandlers(store),
    ...tokenHandlers(store),
  };
}

const NO_MACHINE = { name: "", description: "", accessTokenType: "bearer" } as const;

/** The server also generates secrets for humans, but they are of no use. */
function addUnusedSecret(store: Store, user: User): string {
  writeEvents(store, user, { type: "user.machine.secret.set" });
  return secretText(64);
}

function createKeyHandlers(store: Store): Handlers<typeof ManagementService> {
  return {
    getMachineKeyByIDs: ({ userId, keyId }, { organizationId }) => {
      const user = findOwnUser(store, userId, organizationId);
      const key = user?.machine?.keys.get(keyId);
      if (user === undefined || key === undefined) {
        throw zitadelError(Code.NotFound, "QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
      }
      return { key: toKeyViewV1(key, organizationId) };
    },
    listMachineKeys: (request, { organizationId }) => {
      const keys = [...(findOwnUser(store, request.userId, organizationId)?.machine?.keys.values() ?? [])];
      return toListResponse(store, request, keys, { view: (key) => toKeyViewV1(key, organizationId) });
    },
    addMachineKey: async ({ userId, expirationDate, publicKey }, { organizationId }) => {
      const user = findOwnUser(store, userId, organizationId);
      const expiresAt = toExpiry(store, expirationDate);
      if (user?.machine === undefined) throw preconditionError("COMMAND-bnipwm1", "User could not be found");
      if (publicKey.length > 0) {
        const pem = Buffer.from(publicKey).toString();
        checkPublicKey(pem);
        const own = addPublicKey(store, user, user.machine, { pair: { publicKey: pem }, expiresAt });
        return { keyId: own.id, details: toAddDetailsV1(user) };
      }
      const { key, keyFile } = addKey(store, user, user.machine, {
        pair: await generateRsaPair(),
        expiresAt,
      });
      return { keyId: key.id, keyDetails: Buffer.from(keyFile), details: toAddDetailsV1(user) };
    },
    removeMachineKey: ({ userId, keyId }, { organizationId }) => {
      const user = removeKey(store, findOwnUser(store, userId, organizationId), keyId);
      return { details: toChangeDetailsV1(user) };
    },
  };
}

function tokenHandlers(store: Store): Handlers<typeof ManagementService> {
  return {
    getPersonalAccessTokenByIDs: ({ userId, tokenId }, { organizationId }) => {
      const token = findOwnUser(store, userId, organizationId)?.machine?.tokens.get(tokenId);
      if (token === undefined) {
        throw zitadelError(Code.NotFound, "QUERY-fRunu", "Errors.PersonalAccessToken.NotFound");
      }
      return { token: tokenView(token, organizationId) };
    },
    listPersonalAccessTokens: (request, { organizationId }) => {
      const user = findOwnUser(store, request.userId, organizationId);
      const tokens = [...(user?.machine?.tokens.values() ?? [])];
      return toListResponse(store, request, tokens, { view: (token) => tokenView(token, organizationId) });
    },
    addPersonalAccessToken: ({ userId, expirationDate }, { organizationId }) => {
      const expiresAt = toExpiry(store, expirationDate);
      const user = findOwnUser(store, userId, organizationId);
      if (user === undefined) throw preconditionError("COMMAND-Dggw2", "User could not be found");
      if (user.machine === undefined)
        throw preconditionError("COMMAND-Df2f1", "Not allowed for this user type");
      const { id: tokenId, token } = addPersonalAccessToken(store, user, user.machine, expiresAt);
      return { tokenId, token, details: toAddDetailsV1(user) };
    },
    removePersonalAccessToken: ({ userId, tokenId }, { organizationId }) => {
      const user = removePersonalAccessToken(store, findOwnUser(store, userId, organizationId), tokenId);
      return { details: toChangeDetailsV1(user) };
    },
  };
}

/** Reads the expiry of a new credential. Throws if it is in the past. */
export function toExpiry(store: Store, expirationDate: Timestamp | undefined): number | undefined {
  if (expirationDate === undefined) return undefined;
  const expiresAt = timestampMs(expirationDate);
  checkExpiry(store, expiresAt);
  return expiresAt;
}

/** Converts a key of a machine or application to the form in which v1 shows it. */
export function toKeyViewV1(key: MachineKey, resourceOwner: string): MessageInitShape<typeof KeySchema> {
  const details = toObjectDetailsV1({ ...key, changedAt: key.createdAt, resourceOwner });
  return { id: key.id, details, type: KeyType.JSON, expirationDate: timestampFromMs(key.expiresAt) };
}

function tokenView(
  token: PersonalAccessToken,
  resourceOwner: string,
): MessageInitShape<typeof PersonalAccessTokenSchema> {
  const details = toObjectDetailsV1({ ...token, changedAt: token.createdAt, resourceOwner });
  const expirationDate = timestampFromMs(token.expiresAt);
  return { id: token.id, details, expirationDate, scopes: [...PAT_SCOPES] };
}
