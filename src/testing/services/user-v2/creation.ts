import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Organization as OrganizationChoice } from "../../../../gen/zitadel/object/v2/object_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import { newContact, type Verification } from "../../state/contacts.ts";
import { setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import type { Human } from "../../state/model/user.ts";
import { newPassword } from "../../state/passwords.ts";
import { createUser, newMachine, removeUser } from "../../state/users.ts";
import { changeDetails } from "../details.ts";

/** Creating and deleting users. */
export function creationHandlers(store: Store): Handlers<typeof UserService> {
  const addHuman = (
    request: HumanRequest,
    identity: { id: string | undefined; username: string | undefined; organizationId: string },
  ) => {
    const human = humanOf(store, request);
    const username = identity.username ?? human.email.address;
    const user = createUser(store, { ...identity, username, human });
    setMetadata(store, user, request.metadata);
    return { user, ...codes(human, request) };
  };
  return {
    addHumanUser: (request, { organizationId }) => {
      const organization = organizationOf(store, request.organization) ?? organizationId;
      const { userId: id, username } = request;
      const { user, ...created } = addHuman(request, { id, username, organizationId: organization });
      return { userId: user.id, details: changeDetails(user), ...created };
    },
    createUser: ({ organizationId, userId: id, username, userType }) => {
      if (userType.case === "human") {
        const { user, ...created } = addHuman(userType.value, { id, username, organizationId });
        return { id: user.id, creationDate: timestampFromMs(user.createdAt), ...created };
      }
      const { name = "", description = "" } = userType.value ?? {};
      const machine = newMachine(name, description);
      const newId = id ?? store.newId();
      const user = createUser(store, {
        organizationId,
        id: newId,
        username: username ?? newId,
        machine,
      });
      return { id: user.id, creationDate: timestampFromMs(user.createdAt) };
    },
    deleteUser: ({ userId }) => ({
      details: changeDetails(removeUser(store, userId, "COMMAND-bd4ir1mblj")),
    }),
  };
}

/** Codes are part of the answer where the request asks for them. */
function codes(
  { email, phone }: ReturnType<typeof humanOf>,
  request: HumanRequest,
): { emailCode?: string; phoneCode?: string } {
  const returnEmail = request.email?.verification.case === "returnCode" ? email.code : undefined;
  const returnPhone = request.phone?.verification.case === "returnCode" ? phone?.code : undefined;
  return {
    ...(returnEmail === undefined ? {} : { emailCode: returnEmail }),
    ...(returnPhone === undefined ? {} : { phoneCode: returnPhone }),
  };
}

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

/** The id of the organization that a request names, by id or by domain. */
export function organizationOf(store: Store, choice: OrganizationChoice | undefined): string | undefined {
  const { case: by, value } = choice?.org ?? {};
  if (by !== "orgDomain") return value;
  return [...store.organizations.values()].find((one) => one.primaryDomain === value)?.id ?? value;
}
