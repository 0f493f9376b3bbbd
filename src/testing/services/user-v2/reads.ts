import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { UserFieldName } from "../../../../gen/zitadel/user/v2/query_pb.js";
import type { HumanUserSchema, UserSchema } from "../../../../gen/zitadel/user/v2/user_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, User } from "../../state/model/user.ts";
import { displayName, readUser } from "../../state/users.ts";
import { objectDetails } from "../details.ts";
import { listDetails, pageOf } from "../lists.ts";
import { userMatches } from "../user-queries.ts";
import { STATE, TOKEN_TYPE } from "../user-states.ts";

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

/** A user as v2 shows it. */
export function userView(user: User): MessageInitShape<typeof UserSchema> {
  return {
    userId: user.id,
    details: objectDetails(user),
    state: STATE[user.state],
    username: user.username,
    loginNames: [user.username],
    preferredLoginName: user.username,
    type: typeOf(user),
  };
}

function typeOf({ human, machine }: User): NonNullable<MessageInitShape<typeof UserSchema>["type"]> {
  if (human !== undefined) return { case: "human", value: humanView(human) };
  if (machine === undefined) return { case: undefined };
  const { name, description, secret } = machine;
  const accessTokenType = TOKEN_TYPE[machine.accessTokenType];
  return { case: "machine", value: { name, description, hasSecret: secret !== undefined, accessTokenType } };
}

function humanView(human: Human): MessageInitShape<typeof HumanUserSchema> {
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender, email, phone } = human;
  const { password } = human;
  return {
    profile: {
      givenName,
      familyName,
      nickName,
      displayName,
      // An unset language is "undetermined".
      preferredLanguage: preferredLanguage === "" ? "und" : preferredLanguage,
      gender,
    },
    email: { email: email.address, isVerified: email.verified },
    phone: phone === undefined ? {} : { phone: phone.address, isVerified: phone.verified },
    ...(password === undefined
      ? {}
      : {
          passwordChanged: timestampFromMs(password.changedAt),
          passwordChangeRequired: password.changeRequired,
        }),
  };
}
