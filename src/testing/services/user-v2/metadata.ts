import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import { deleteMetadata, setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import { readUser } from "../../state/users.ts";
import { limitedPageOf, pagination } from "../lists.ts";
import { textMatches } from "../matching.ts";

/** What others keep with a user. */
export function metadataHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setUserMetadata: ({ userId, metadata }) => {
      const user = readUser(store, userId);
      setMetadata(store, user, metadata);
      return { setDate: timestampFromMs(user.changedAt) };
    },
    listUserMetadata: ({ userId, pagination: request, filters }) => {
      const found = [...readUser(store, userId).metadata].filter(([key]) =>
        filters.every(
          ({ filter }) =>
            filter.case === undefined || textMatches(key, filter.value.key, filter.value.method),
        ),
      );
      const page = limitedPageOf(found, request, ([key]) => key);
      const metadata = page.items.map(([key, { value, createdAt, changedAt }]) => ({
        key,
        value,
        creationDate: timestampFromMs(createdAt),
        changeDate: timestampFromMs(changedAt),
      }));
      return { pagination: pagination(page), metadata };
    },
    deleteUserMetadata: ({ userId, keys }) => {
      const user = readUser(store, userId);
      deleteMetadata(store, user, keys);
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
  };
}
