import { newContact, type Verification } from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";

/** What requests that create a human have in common, in every version of the API. */
export interface HumanRequest {
  readonly profile?: HumanProfile | undefined;
  readonly email?: { readonly email: string; readonly verification: Verification } | undefined;
  readonly phone?: { readonly phone: string; readonly verification: Verification } | undefined;
  readonly metadata: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly passwordType:
    | { case: "password"; value: { readonly password: string; readonly changeRequired: boolean } }
    | { case: "hashedPassword"; value: unknown }
    | { case: undefined; value?: undefined };
}

interface HumanProfile {
  readonly givenName: string;
  readonly familyName: string;
  readonly nickName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly preferredLanguage?: string | undefined;
  readonly gender?: number | undefined;
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
