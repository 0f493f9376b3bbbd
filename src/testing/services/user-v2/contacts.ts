import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  changeContact,
  checkEmailAddress,
  getReturnedCode,
  newContact,
  renewContactCode,
  type Verification,
  verifyContact,
} from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Contact, ContactKind, Human, User } from "../../state/model/user.ts";
import { toPhoneNumber } from "../../state/phone-numbers.ts";
import { writeEvents } from "../../state/store.ts";
import { checkUrlTemplate } from "../../state/url-templates.ts";
import { changeDetails } from "../details.ts";
import { writableHuman } from "./writable.ts";

const NAMES = { email: "Email", phone: "Phone" } as const;

/** Email addresses and phone numbers of humans. */
export function contactHandlers(store: Store): Handlers<typeof UserService> {
  const set = (kind: ContactKind, userId: string, address: string, verification: Verification) => {
    const target = reachable(store, kind, userId);
    if (target.human[kind]?.address === address) {
      throw zitadelError(Code.FailedPrecondition, "COMMAND-Uch5e", `${NAMES[kind]} not changed`);
    }
    // Like the server, it takes the address as verified even if `isVerified` is false.
    const contact = newContact(store, kind, address, verification.case === "isVerified");
    return withCode(target.user, verification, changeContact(store, target, kind, contact));
  };
  const sendCode = (kind: ContactKind, userId: string, verification: Verification) => {
    const target = reachable(store, kind, userId);
    return withCode(target.user, verification, renewContactCode(store, target, kind));
  };
  const resendCode = (kind: ContactKind, userId: string, verification: Verification, missing: string) => {
    const { human } = reachable(store, kind, userId);
    if (human[kind]?.code === undefined)
      throw zitadelError(Code.FailedPrecondition, missing, "Code is empty");
    return sendCode(kind, userId, verification);
  };
  const verify = (kind: ContactKind, userId: string, code: string) => {
    const target = reachable(store, kind, userId);
    verifyContact(store, target, kind, code);
    return { details: changeDetails(target.user) };
  };
  return {
    setEmail: ({ userId, email, verification }) => {
      checkTemplate(verification);
      checkEmailAddress(email);
      return set("email", userId, email, verification);
    },
    sendEmailCode: ({ userId, verification }) => {
      checkTemplate(verification);
      return sendCode("email", userId, verification);
    },
    resendEmailCode: ({ userId, verification }) => {
      checkTemplate(verification);
      return resendCode("email", userId, verification, "EMAIL-5w5ilin4yt");
    },
    verifyEmail: ({ userId, verificationCode }) => verify("email", userId, verificationCode),
    setPhone: ({ userId, phone, verification }) => {
      reachable(store, "phone", userId);
      return set("phone", userId, toPhoneNumber(phone), verification);
    },
    resendPhoneCode: ({ userId, verification }) =>
      resendCode("phone", userId, verification, "PHONE-5xrra88eq8"),
    verifyPhone: ({ userId, verificationCode }) => verify("phone", userId, verificationCode),
    removePhone: ({ userId }) => {
      const { user, human } = reachable(store, "phone", userId);
      if (human.phone === undefined) throw notFound(Code.FailedPrecondition, "phone");
      human.phone = undefined;
      writeEvents(store, user, { type: "user.human.phone.removed" });
      return { details: changeDetails(user) };
    },
  };
}

function reachable(store: Store, kind: ContactKind, userId: string): { user: User; human: Human } {
  return writableHuman(store, userId, () => notFound(Code.NotFound, kind));
}

function notFound(code: Code, kind: ContactKind): Error {
  return zitadelError(code, "COMMAND-ieJ2e", `${NAMES[kind]} not found`);
}

function checkTemplate(verification: Verification): void {
  if (verification.case === "sendCode") checkUrlTemplate(verification.value.urlTemplate);
}

function withCode(
  user: User,
  verification: Verification,
  contact: Contact,
): { details: ReturnType<typeof changeDetails>; verificationCode?: string } {
  const code = getReturnedCode(verification, contact);
  return { details: changeDetails(user), ...(code === undefined ? {} : { verificationCode: code }) };
}
