import type { SetHumanEmail } from "../../../../gen/zitadel/user/v2/email_pb.js";
import type { HashedPassword, Password } from "../../../../gen/zitadel/user/v2/password_pb.js";
import type { SetHumanPhone } from "../../../../gen/zitadel/user/v2/phone_pb.js";
import type { SetHumanProfile } from "../../../../gen/zitadel/user/v2/user_pb.js";
import { newContact } from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";

/** What requests that create a human have in common. */
export interface HumanRequest {
  readonly profile?: SetHumanProfile | undefined;
  readonly email?: SetHumanEmail | undefined;
  readonly phone?: SetHumanPhone | undefined;
  readonly metadata: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly passwordType:
    | { case: "password"; value: Password }
    | { case: "hashedPassword"; value: HashedPassword }
    | { case: undefined; value?: undefined };
}

/** The human that a request describes. */
export function humanOf(store: Store, { profile, email, phone, passwordType }: HumanRequest): Human {
  const givenName = profile?.givenName ?? "";
  const familyName = profile?.familyName ?? "";
  return {
    givenName,
    familyName,
    nickName: profile?.nickName ?? "",
    displayName: profile?.displayName ?? `${givenName} ${familyName}`,
    preferredLanguage: profile?.preferredLanguage ?? "",
    gender: profile?.gender ?? 0,
    email: newContact(email?.email ?? "", email?.verification),
    phone: phone === undefined ? undefined : newContact(phone.phone, phone.verification),
    // A hash cannot be checked against a password here; it stays a password that nobody knows.
    password:
      passwordType.case === "password"
        ? newPassword(store, passwordType.value.password, passwordType.value.changeRequired)
        : undefined,
  };
}
