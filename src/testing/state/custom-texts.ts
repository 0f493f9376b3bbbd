import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { NewEvent } from "./event-log.ts";
import { requireLanguage } from "./instance-settings.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { CustomText } from "./model/custom-text.ts";
import type { Store } from "./model/store.ts";
import { newHistory, writePartEvents } from "./store.ts";

/** The parts of a message and their names in events, in the order in which the server writes them. */
export const MESSAGE_PARTS = {
  greeting: "Greeting",
  subject: "Subject",
  title: "Title",
  preHeader: "PreHeader",
  text: "Text",
  buttonText: "ButtonText",
  footerText: "Footer",
} as const;

/** The template name of login texts in events. */
export const LOGIN_TEMPLATE = "Login";

/** Error ids of a reset: no language, and no custom texts. */
const RESET_IDS = {
  message: {
    instance: ["INSTANCE-fjw9b", "INSTANCE-fju90"],
    org: ["Org-j59f", "Org-3b8Jf"],
    invalid: "Errors.CustomMessageText.Invalid",
    notFound: "Errors.CustomMessageText.NotFound",
  },
  login: {
    instance: ["INST-Gfbg3", "INST-fru44"],
    org: ["Org-5ZZmo", "Org-9ru44"],
    invalid: "Errors.CustomText.Invalid",
    notFound: "Custom text not found",
  },
} as const;

/** Finds the texts that an instance or organization has set in place of Zitadel's, if any. */
export function findCustomText(
  store: Store,
  ownerId: string,
  template: string,
  language: string,
): CustomText | undefined {
  return store.customTexts.get(toTextKey(ownerId, template, language));
}

/** Texts by part, and the names of the parts in events, in the order in which they are written. */
export interface PartTexts extends Pick<CustomText, "texts"> {
  readonly parts: Readonly<Record<string, string>>;
}

/** Sets the texts of a message or of the login. An empty one removes the custom text. */
export function setCustomText(
  store: Store,
  owner: Aggregate,
  { template, language }: Pick<CustomText, "template" | "language">,
  { texts, parts }: PartTexts,
): CustomText {
  requireLanguage(language);
  const before = findCustomText(store, owner.id, template, language);
  const text = before ?? {
    ...newHistory(store.now()),
    resourceOwner: owner.id,
    template,
    language,
    texts: {},
  };
  const events = Object.entries(parts).flatMap(([part, key]): NewEvent[] => {
    const [old = "", wanted = ""] = [text.texts[part], texts[part]];
    if (old === wanted) return [];
    const about = { template, language, key };
    return wanted === ""
      ? [{ type: `${owner.aggregateType}.customtext.removed`, payload: about }]
      : [{ type: `${owner.aggregateType}.customtext.set`, payload: { ...about, text: wanted } }];
  });
  text.texts = texts;
  if (Object.values(texts).some((one) => one !== "")) {
    store.customTexts.set(toTextKey(owner.id, template, language), text);
  } else store.customTexts.delete(toTextKey(owner.id, template, language));
  writePartEvents(store, owner, text, ...events);
  return text;
}

/** Removes all texts of a message or of the login. */
export function resetCustomText(
  store: Store,
  owner: Aggregate,
  { template, language }: Pick<CustomText, "template" | "language">,
): CustomText {
  const ids = RESET_IDS[template === LOGIN_TEMPLATE ? "login" : "message"];
  const [noLanguage, unknown] = owner.aggregateType === "instance" ? ids.instance : ids.org;
  if (language === "") throw zitadelError(Code.InvalidArgument, noLanguage, ids.invalid);
  const text = findCustomText(store, owner.id, template, language);
  if (text === undefined) throw zitadelError(Code.NotFound, unknown, ids.notFound);
  store.customTexts.delete(toTextKey(owner.id, template, language));
  const type = `${owner.aggregateType}.customtext.template.removed`;
  writePartEvents(store, owner, text, { type, payload: { template, language } });
  return text;
}

function toTextKey(ownerId: string, template: string, language: string): string {
  return `${ownerId} ${template} ${language}`;
}
