import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { UserFieldName } from "../../../../gen/zitadel/user/v2/query_pb.js";
import type { HumanUserSchema, UserSchema } from "../../../../gen/zitadel/user/v2/user_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import type { Handlers } from "../../handlers.ts";
import { toLoginNames } from "../../state/login-names.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human, User } from "../../state/model/user.ts";
import { TOKEN_TYPE } from "../../state/user-events.ts";
import { readUser } from "../../state/users.ts";
import { toAvatarUrl } from "../asset-urls.ts";
import { toObjectDetails } from "../details.ts";
import { toListDetails, toPage } from "../lists.ts";
import { findUsers } from "../user-queries.ts";
import { STATE } from "../user-states.ts";

/** Sorting of texts ignores case. */
const SORT_KEYS: Partial<Record<UserFieldName, (user: User) => string | number | undefined>> = {
  [UserFieldName.USER_NAME]: (user) => user.username.toLowerCase(),
  [UserFieldName.FIRST_NAME]: ({ human }) => human?.givenName.toLowerCase(),
  [UserFieldName.LAST_NAME]: ({ human }) => human?.familyName.toLowerCase(),
  [UserFieldName.NICK_NAME]: ({ human }) => human?.nickName.toLowerCase() || undefined,
  [UserFieldName.DISPLAY_NAME]: ({ human }) => human?.displayName.toLowerCase(),
  [UserFieldName.EMAIL]: ({ human }) => human?.email.address.toLowerCase(),
  [UserFieldName.STATE]: (user) => STATE[user.state],
  [UserFieldName.TYPE]: ({ human }) => (human === undefined ? 2 : 1),
  [UserFieldName.CREATION_DATE]: (user) => user.createdAt,
};

/** Reads of users. */
export function createReadHandlers(store: Store, toDetails = toObjectDetails): Handlers<typeof UserService> {
  return {
    getUserByID: ({ userId }, { origin }) => {
      const user = readUser(store, userId);
      return { details: toDetails(user), user: toUserView(store, user, { toDetails, origin }) };
    },
    listUsers: ({ query, queries, sortingColumn }, { caller, origin }) => {
      const found = findUsers(store.users.values(), queries, (user) => toLoginNames(store, user).all).filter(
        (user) => isUserVisible(store, caller, user),
      );
      const sortKey = SORT_KEYS[sortingColumn] ?? ((user: User) => user.id);
      // The server's creation dates have microseconds, so that no two are equal.
      const ties = sortingColumn === UserFieldName.CREATION_DATE ? "reversed" : "kept";
      const page = toPage(found, query, sortKey, ties);
      return {
        details: toListDetails(store, page),
        result: page.items.map((user) => toUserView(store, user, { toDetails, origin })),
      };
    },
  };
}

/** Converts a user to the form in which v2 shows it. */
function toUserView(
  store: Store,
  user: User,
  { toDetails, origin }: { readonly toDetails: typeof toObjectDetails; readonly origin: string },
): MessageInitShape<typeof UserSchema> {
  const { all, preferred } = toLoginNames(store, user);
  return {
    userId: user.id,
    details: toDetails(user),
    state: STATE[user.state],
    username: user.username,
    loginNames: [...all],
    preferredLoginName: preferred,
    type: toType(user, origin),
  };
}

function toType(user: User, origin: string): NonNullable<MessageInitShape<typeof UserSchema>["type"]> {
  const { human, machine } = user;
  if (human !== undefined) return { case: "human", value: toHumanView(human, toAvatarUrl(origin, user)) };
  if (machine === undefined) return { case: undefined };
  const { name, description, secret } = machine;
  const accessTokenType = TOKEN_TYPE[machine.accessTokenType];
  return { case: "machine", value: { name, description, hasSecret: secret !== undefined, accessTokenType } };
}

function toHumanView(human: Human, avatar: string): MessageInitShape<typeof HumanUserSchema> {
  const { givenName, familyName, nickName, displayName, preferredLanguage, gender, email, phone } = human;
  const { password, mfaInitSkippedAt } = human;
  return {
    profile: {
      givenName,
      familyName,
      nickName,
      displayName,
      preferredLanguage,
      gender,
      avatarUrl: avatar,
    },
    email: { email: email.address, isVerified: email.verified },
    phone: phone === undefined ? {} : { phone: phone.address, isVerified: phone.verified },
    ...(password === undefined
      ? {}
      : {
          passwordChanged: timestampFromMs(password.changedAt),
          passwordChangeRequired: password.changeRequired,
        }),
    ...(mfaInitSkippedAt === undefined ? {} : { mfaInitSkipped: timestampFromMs(mfaInitSkippedAt) }),
  };
}
