import { UserFieldName } from "../../../../gen/zitadel/user/v2/query_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { displayName, readUser } from "../../state/users.ts";
import { objectDetails } from "../details.ts";
import { listDetails, pageOf } from "../lists.ts";
import { userMatches } from "../user-queries.ts";
import { STATE } from "../user-states.ts";
import { userView } from "./view.ts";

const SORT_KEYS: Partial<Record<UserFieldName, (user: User) => string | number>> = {
  [UserFieldName.USER_NAME]: (user) => user.username,
  [UserFieldName.FIRST_NAME]: ({ human }) => human?.givenName ?? "",
  [UserFieldName.LAST_NAME]: ({ human }) => human?.familyName ?? "",
  [UserFieldName.NICK_NAME]: ({ human }) => human?.nickName ?? "",
  [UserFieldName.DISPLAY_NAME]: displayName,
  [UserFieldName.EMAIL]: ({ human }) => human?.email.address ?? "",
  [UserFieldName.STATE]: (user) => STATE[user.state],
  [UserFieldName.TYPE]: ({ human }) => (human === undefined ? 2 : 1),
  [UserFieldName.CREATION_DATE]: (user) => user.createdAt,
};

/** Reading users. */
export function readHandlers(store: Store): Handlers<typeof UserService> {
  return {
    getUserByID: ({ userId }) => {
      const user = readUser(store, userId);
      return { details: objectDetails(user), user: userView(user) };
    },
    listUsers: ({ query, queries, sortingColumn }, { caller }) => {
      const found = [...store.users.values()].filter(
        (user) => isUserVisible(store, caller, user) && queries.every((one) => userMatches(user, one)),
      );
      const page = pageOf(found, query, SORT_KEYS[sortingColumn] ?? ((user) => user.id));
      return { details: listDetails(store, page), sortingColumn, result: page.items.map(userView) };
    },
  };
}
