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
import { toChangeDetails } from "../details.ts";
import { requireHuman } from "./writable.ts";

const NAMES = { email: "Email", phone: "Phone" } as const;

/** Email addresses and phone numbers of humans. */
export function createContactHandlers(store: Store): Handlers<typeof UserService> {
  const set = (kind: ContactKind, userId: string, address: string, verification: Verification) => {
    const target = requireContactOwner(store, kind, userId);
    if (target.human[kind]?.address === address) {
      throw zitadelError(Code.FailedPrecondition, "COMMAND-Uch5e", `${NAMES[kind]} not changed`);
    }
    // Like the server, treats the address as verified even if `isVerified` is false.
    const contact = newContact(store, kind, address, verification.case === "isVerified");
    return toResponse(target.user, verification, changeContact(store, target, kind, contact));
  };
  const sendCode = (kind: ContactKind, userId: string, verification: Verification) => {
    const target = requireContactOwner(store, kind, userId);
    return toResponse(target.user, verification, renewContactCode(store, target, kind));
  };
  const resendCode = (kind: ContactKind, userId: string, verification: Verification, missing: string) => {
    const { human } = requireContactOwner(store, kind, userId);
    if (human[kind]?.code === undefined)
      throw zitadelError(Code.FailedPrecondition, missing, "Code is empty");
    return sendCode(kind, userId, verification);
  };
  const verify = (kind: ContactKind, userId: string, code: string) => {
    const target = requireContactOwner(store, kind, userId);
    verifyContact(store, target, kind, { code });
    return { details: toChangeDetails(target.user) };
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
      requireContactOwner(store, "phone", userId);
      return set("phone", userId, toPhoneNumber(phone), verification);
    },
    resendPhoneCode: ({ userId, verification }) =>
      resendCode("phone", userId, verification, "PHONE-5xrra88eq8"),
    verifyPhone: ({ userId, verificationCode }) => verify("phone", userId, verificationCode),
    removePhone: ({ userId }) => {
      const { user, human } = requireContactOwner(store, "phone", userId);
      if (human.phone === undefined) throw notFound(Code.FailedPrecondition, "phone");
      human.phone = undefined;
      writeEvents(store, user, { type: "user.human.phone.removed" });
      return { details: toChangeDetails(user) };
    },
  };
}

function requireContactOwner(store: Store, kind: ContactKind, userId: string): { user: User; human: Human } {
  return requireHuman(store, userId, () => notFound(Code.NotFound, kind));
}

function notFound(code: Code, kind: ContactKind): Error {
  return zitadelError(code, "COMMAND-ieJ2e", `${NAMES[kind]} not found`);
}

function checkTemplate(verification: Verification): void {
  if (verification.case === "sendCode") checkUrlTemplate(verification.value.urlTemplate);
}

function toResponse(
  user: User,
  verification: Verification,
  contact: Contact,
): { details: ReturnType<typeof toChangeDetails>; verificationCode?: string } {
  const code = getReturnedCode(verification, contact);
  return { details: toChangeDetails(user), ...(code === undefined ? {} : { verificationCode: code }) };
}
