import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import type { MetadataQuery, MetadataSchema } from "../../../../gen/zitadel/metadata_pb.js";
import type { ListQuery } from "../../../../gen/zitadel/object_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { deleteMetadata, type MetadataKeeper, setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import type { MetadataEntry, User } from "../../state/model/user.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { textMatches } from "../matching.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";
import { readOrganization } from "./organizations.ts";
import { findOwnUser } from "./users.ts";

/** Metadata of an organization and its users. */
export function createMetadataV1(store: Store): Handlers<typeof ManagementService> {
  const user = (id: string, organizationId: string): User => {
    const found = findOwnUser(store, id, organizationId);
    if (found === undefined) {
      throw zitadelError(Code.FailedPrecondition, "COMMAND-uXHNj", "User could not be found");
    }
    return found;
  };
  const ofUsers = createMetadataRpcs(store, {
    unknown: "QUERY-Rgh32",
    gone: "META-ncnw3",
    none: "META-9mm2d",
  });
  const ofOrganizations = createMetadataRpcs(store, {
    unknown: "QUERY-Rph32",
    gone: "META-mcnw3",
    none: "META-9mw2d",
  });
  return {
    setUserMetadata: ({ id, ...entry }, { organizationId }) => ofUsers.set(user(id, organizationId), entry),
    bulkSetUserMetadata: ({ id, metadata }, { organizationId }) =>
      ofUsers.setAll(user(id, organizationId), metadata),
    listUserMetadata: (request, { organizationId }) =>
      ofUsers.list(findOwnUser(store, request.id, organizationId), request),
    getUserMetadata: ({ id, key }, { organizationId }) =>
      ofUsers.get(findOwnUser(store, id, organizationId), key),
    removeUserMetadata: ({ id, key }, { organizationId }) => ofUsers.remove(user(id, organizationId), key),
    bulkRemoveUserMetadata: ({ id, keys }, { organizationId }) =>
      ofUsers.removeAll(user(id, organizationId), keys),
    setOrgMetadata: (entry, { organizationId }) =>
      ofOrganizations.set(readOrganization(store, organizationId), entry),
    bulkSetOrgMetadata: ({ metadata }, { organizationId }) =>
      ofOrganizations.setAll(readOrganization(store, organizationId), metadata),
    listOrgMetadata: (request, { organizationId }) =>
      ofOrganizations.list(store.organizations.get(organizationId), request),
    getOrgMetadata: ({ key }, { organizationId }) =>
      ofOrganizations.get(store.organizations.get(organizationId), key),
    removeOrgMetadata: ({ key }, { organizationId }) =>
      ofOrganizations.remove(readOrganization(store, organizationId), key),
    bulkRemoveOrgMetadata: ({ keys }, { organizationId }) =>
      ofOrganizations.removeAll(readOrganization(store, organizationId), keys),
  };
}

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Ids of the errors: an unknown key to read, an unknown key to remove, no keys to remove. */
interface ErrorIds {
  readonly unknown: string;
  readonly gone: string;
  readonly none: string;
}

/** Creates the RPCs for metadata, which are the same for users and organizations except for the ids of errors. */
export function createMetadataRpcs(store: Store, ids: ErrorIds) {
  const none = (id: string) => zitadelError(Code.FailedPrecondition, id, "Metadata list is empty");
  return {
    set: (keeper: MetadataKeeper, entry: Entry) => {
      setMetadata(store, keeper, [entry]);
      return { details: toAddDetailsV1(keeper) };
    },
    setAll: (keeper: MetadataKeeper, entries: readonly Entry[]) => {
      if (entries.length === 0) throw none("META-9mm2d");
      setMetadata(store, keeper, entries);
      return { details: toChangeDetailsV1(keeper) };
    },
    get: (keeper: MetadataKeeper | undefined, key: string) => {
      const entry = keeper?.metadata.get(key);
      if (keeper === undefined || entry === undefined) {
        throw zitadelError(Code.NotFound, ids.unknown, "Metadata not found");
      }
      return { metadata: toMetadataView(keeper, [key, entry]) };
    },
    list: (
      keeper: MetadataKeeper | undefined,
      request: { readonly query?: ListQuery | undefined; readonly queries: readonly MetadataQuery[] },
    ) => {
      const entries = [...(keeper?.metadata ?? [])].filter(([key]) =>
        matchesQueries(key, request.queries, MATCHERS),
      );
      const view = (entry: [string, MetadataEntry]) => toMetadataView(keeper, entry);
      return toListResponse(store, request, entries, { view });
    },
    remove: (keeper: MetadataKeeper, key: string) => {
      if (!keeper.metadata.has(key)) throw zitadelError(Code.NotFound, ids.gone, "Metadata not found");
      deleteMetadata(store, keeper, [key]);
      return { details: toChangeDetailsV1(keeper) };
    },
    removeAll: (keeper: MetadataKeeper, keys: readonly string[]) => {
      if (keys.length === 0) throw none(ids.none);
      deleteMetadata(store, keeper, keys);
      return { details: toChangeDetailsV1(keeper) };
    },
  };
}

const MATCHERS: Matchers<string, MetadataQuery> = {
  keyQuery: (key, value) => textMatches(key, value.key, value.method),
};

function toMetadataView(
  keeper: MetadataKeeper | undefined,
  [key, entry]: [string, MetadataEntry],
): MessageInitShape<typeof MetadataSchema> {
  const details = toObjectDetailsV1({ ...entry, resourceOwner: keeper?.resourceOwner ?? "" });
  return { details, key, value: entry.value };
}
