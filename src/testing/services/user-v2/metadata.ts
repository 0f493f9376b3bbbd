import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import type { Handlers } from "../../handlers.ts";
import { deleteMetadata, requireEntries, setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import { toLimitedPage, toPagination } from "../lists.ts";
import { textMatches } from "../matching.ts";
import { requireUser, userRequired } from "./writable.ts";

const UNKNOWN = userRequired("COMMAND-uXHNj");

/** Metadata of users. */
export function createMetadataHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setUserMetadata: ({ userId, metadata }) => {
      requireEntries(metadata);
      const user = requireUser(store, userId, UNKNOWN);
      const { sequence } = user;
      setMetadata(store, user, metadata);
      const unchanged = Math.max(...[...user.metadata.values()].map(({ changedAt }) => changedAt));
      return { setDate: timestampFromMs(user.sequence === sequence ? unchanged : user.changedAt) };
    },
    listUserMetadata: ({ userId, pagination: request, filters }, { caller }) => {
      const user = store.users.get(userId);
      const found = [...(user?.metadata ?? [])].filter(([key]) =>
        filters.every(
          ({ filter }) =>
            filter.case === undefined || textMatches(key, filter.value.key, filter.value.method),
        ),
      );
      const page = toLimitedPage(found, request, ([, { createdAt }]) => createdAt, "kept");
      const isVisible = user !== undefined && isUserVisible(store, caller, user);
      const metadata = (isVisible ? page.items : []).map(([key, { value, createdAt, changedAt }]) => ({
        key,
        value,
        creationDate: timestampFromMs(createdAt),
        changeDate: timestampFromMs(changedAt),
      }));
      return { pagination: toPagination(page), metadata };
    },
    deleteUserMetadata: ({ userId, keys }) => {
      requireEntries(keys);
      const user = requireUser(store, userId, UNKNOWN);
      deleteMetadata(store, user, keys);
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
  };
}
