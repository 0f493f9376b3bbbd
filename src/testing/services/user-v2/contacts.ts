import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { newContact } from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Contact } from "../../state/model/user.ts";
import { writeEvents } from "../../state/store.ts";
import { contactChanged, contactVerified } from "../../state/user-events.ts";
import { changeDetails } from "../details.ts";
import { writableHuman } from "./writable.ts";

/** Mail addresses and phone numbers of humans. */
export function contactHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setEmail: ({ userId, email, verification }) => {
      const { user, human } = writableHuman(store, userId);
      human.email = newContact(email, verification);
      writeEvents(store, user, ...contactChanged("email", human.email));
      return { details: changeDetails(user), ...codeFor(verification.case, human.email) };
    },
    verifyEmail: ({ userId, verificationCode }) => {
      const { user, human } = writableHuman(store, userId);
      human.email = verified(human.email, verificationCode);
      writeEvents(store, user, contactVerified("email"));
      return { details: changeDetails(user) };
    },
    setPhone: ({ userId, phone, verification }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = newContact(phone, verification);
      writeEvents(store, user, ...contactChanged("phone", human.phone));
      return { details: changeDetails(user), ...codeFor(verification.case, human.phone) };
    },
    verifyPhone: ({ userId, verificationCode }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = verified(human.phone, verificationCode);
      writeEvents(store, user, contactVerified("phone"));
      return { details: changeDetails(user) };
    },
    removePhone: ({ userId }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = undefined;
      writeEvents(store, user, { type: "user.human.phone.removed" });
      return { details: changeDetails(user) };
    },
  };
}

function codeFor(verification: string | undefined, { code }: Contact): { verificationCode?: string } {
  return verification === "returnCode" && code !== undefined ? { verificationCode: code } : {};
}

function verified(contact: Contact | undefined, code: string): Contact {
  if (contact?.code === undefined || contact.code !== code) {
    throw zitadelError(Code.InvalidArgument, "CODE-woT0xc", "Code is invalid");
  }
  return { address: contact.address, verified: true };
}
