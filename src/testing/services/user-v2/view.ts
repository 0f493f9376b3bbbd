import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { HumanUserSchema, UserSchema } from "../../../../gen/zitadel/user/v2/user_pb.js";
import type { Human, User } from "../../state/model/user.ts";
import { objectDetails } from "../details.ts";
import { STATE, TOKEN_TYPE } from "../user-states.ts";

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
