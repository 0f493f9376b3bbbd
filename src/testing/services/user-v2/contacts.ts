import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { newContact } from "../../state/contacts.ts";
import type { Store } from "../../state/model/store.ts";
import type { Contact } from "../../state/model/user.ts";
import { touch } from "../../state/store.ts";
import { changeDetails } from "../details.ts";
import { writableHuman } from "./writable.ts";

/** A change of an address and what verifies it are two events. */
const EVENTS = 2;

/** Mail addresses and phone numbers of humans. */
export function contactHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setEmail: ({ userId, email, verification }) => {
      const { user, human } = writableHuman(store, userId);
      human.email = newContact(email, verification.case === "isVerified" && verification.value);
      touch(store, user, EVENTS);
      return { details: changeDetails(user), ...codeFor(verification.case, human.email) };
    },
    verifyEmail: ({ userId, verificationCode }) => {
      const { user, human } = writableHuman(store, userId);
      human.email = verified(human.email, verificationCode);
      touch(store, user);
      return { details: changeDetails(user) };
    },
    setPhone: ({ userId, phone, verification }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = newContact(phone, verification.case === "isVerified" && verification.value);
      touch(store, user, EVENTS);
      return { details: changeDetails(user), ...codeFor(verification.case, human.phone) };
    },
    verifyPhone: ({ userId, verificationCode }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = verified(human.phone, verificationCode);
      touch(store, user);
      return { details: changeDetails(user) };
    },
    removePhone: ({ userId }) => {
      const { user, human } = writableHuman(store, userId);
      human.phone = undefined;
      touch(store, user);
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
  return newContact(contact.address, true);
}
