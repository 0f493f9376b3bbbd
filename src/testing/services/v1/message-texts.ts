import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MessageCustomTextSchema } from "../../../../gen/zitadel/text_pb.js";
import type { CallContext } from "../../handlers.ts";
import { findCustomText, MESSAGE_PARTS, resetCustomText, setCustomText } from "../../state/custom-texts.ts";
import type { CustomText } from "../../state/model/custom-text.ts";
import type { Store } from "../../state/model/store.ts";
import { toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import type { FindOwner } from "../providers-v1.ts";

/** The messages: their names in events, by their names in RPCs. */
const MESSAGES = {
  Init: "InitCode",
  PasswordReset: "PasswordReset",
  VerifyEmail: "VerifyEmail",
  VerifyPhone: "VerifyPhone",
  VerifySMSOTP: "VerifySMSOTP",
  VerifyEmailOTP: "VerifyEmailOTP",
  DomainClaimed: "DomainClaimed",
  PasswordlessRegistration: "PasswordlessRegistration",
  PasswordChange: "PasswordChange",
  InviteUser: "InviteUser",
} as const;

type Message = keyof typeof MESSAGES;

/** In the management service, the RPCs that set these four have a different suffix. */
type LateMessage = "DomainClaimed" | "PasswordlessRegistration" | "PasswordChange" | "InviteUser";

type Read = (
  request: { readonly language: string },
  context: CallContext,
) => { customText: MessageInitShape<typeof MessageCustomTextSchema> };

type Write = (
  request: { readonly language: string },
  context: CallContext,
) => { details: ReturnType<typeof toChangeDetailsV1> };

type Reads = { [M in Message as `getDefault${M}MessageText` | `getCustom${M}MessageText`]: Read };

type Resets = { [M in Message as `resetCustom${M}MessageTextToDefault`]: Write };

type AdminWrites = { [M in Message as `setDefault${M}MessageText`]: Write };

type ManagementWrites = { [M in Exclude<Message, LateMessage> as `setCustom${M}MessageText`]: Write } & {
  [M in LateMessage as `setCustom${M}MessageCustomText`]: Write;
};

/** Message texts of the instance, in zitadel.admin.v1.AdminService. */
export function createMessageTextsAdminV1(store: Store): Reads & Resets & AdminWrites {
  const entries = listMessages().flatMap(([name, template]) => {
    const { read, set, reset } = createMessageRpcs(store, () => store.instance, template);
    return [
      [`getDefault${name}MessageText`, read],
      [`getCustom${name}MessageText`, read],
      [`setDefault${name}MessageText`, set],
      [`resetCustom${name}MessageTextToDefault`, reset],
    ];
  });
  // The names are built as in the mapped type.
  return Object.fromEntries(entries) as Reads & Resets & AdminWrites;
}

/** Message texts of an organization, in zitadel.management.v1.ManagementService. */
export function createMessageTextsManagementV1(
  store: Store,
  findOwner: FindOwner,
): Reads & Resets & ManagementWrites {
  const entries = listMessages().flatMap(([name, template], index) => {
    const { read, set, reset } = createMessageRpcs(store, findOwner, template);
    const readDefault: Read = ({ language }) => ({
      customText: toView(store, store.instanceId, template, language),
    });
    return [
      [`getDefault${name}MessageText`, readDefault],
      [`getCustom${name}MessageText`, read],
      [`setCustom${name}Message${index < FIRST_LATE ? "" : "Custom"}Text`, set],
      [`resetCustom${name}MessageTextToDefault`, reset],
    ];
  });
  // The names are built as in the mapped type.
  return Object.fromEntries(entries) as Reads & Resets & ManagementWrites;
}

const FIRST_LATE = 6;

function listMessages(): [string, string][] {
  return Object.entries(MESSAGES);
}

function createMessageRpcs(store: Store, findOwner: FindOwner, template: string) {
  const read: Read = ({ language }, context) => ({
    customText: toView(store, findOwner(context).id, template, language),
  });
  const set: Write = ({ language, ...request }, context) => {
    const owner = findOwner(context);
    const text = setCustomText(
      store,
      owner,
      { template, language },
      { texts: readTexts(request), parts: MESSAGE_PARTS },
    );
    return { details: toChangeDetailsV1(text) };
  };
  const reset: Write = ({ language }, context) => ({
    details: toChangeDetailsV1(resetCustomText(store, findOwner(context), { template, language })),
  });
  return { read, set, reset };
}

/** Reads the texts of a request. Not every message has all parts. */
function readTexts(request: object): CustomText["texts"] {
  const given = request as Readonly<Record<string, unknown>>;
  const entries = Object.keys(MESSAGE_PARTS).map((part) => [part, given[part] ?? ""]);
  return Object.fromEntries(entries) as CustomText["texts"];
}

/** Shows the effective texts: the owner's, or else the instance's. The emulator does not have Zitadel's own texts. */
function toView(store: Store, ownerId: string, template: string, language: string) {
  const text =
    findCustomText(store, ownerId, template, language) ??
    findCustomText(store, store.instanceId, template, language);
  if (text === undefined) return { details: { resourceOwner: store.instanceId }, isDefault: true };
  const isDefault = text.resourceOwner !== ownerId || ownerId === store.instanceId;
  return { ...text.texts, details: toObjectDetailsV1(text), ...(isDefault ? { isDefault } : {}) };
}
