/** The languages in which the server has texts. */
export const LANGUAGES: string[] = "ar bg cs de en es fr hu id it ja ko mk nl pl pt ro ru sv tr uk zh".split(
  " ",
);

/** Normalizes a language tag as the server does: unknown subtags are dropped. */
export function toLanguage(text: string): string {
  if (text === "" || LANGUAGES.includes(text)) return text || "und";
  try {
    const { language, script = "", region = "" } = new Intl.Locale(text.replaceAll("_", "-"));
    if (!isKnown("language", language)) return "und";
    const subtags = [isKnown("script", script) && script, isKnown("region", region) && region];
    return [language, ...subtags.filter(Boolean)].join("-");
  } catch {
    return "und";
  }
}

const NAMES = new Map<Intl.DisplayNamesType, Intl.DisplayNames>();

/** Loads the names on first use, since that takes a while. */
function isKnown(type: "language" | "script" | "region", code: string): boolean {
  if (code === "") return false;
  const names = NAMES.get(type) ?? new Intl.DisplayNames(["en"], { type, fallback: "none" });
  NAMES.set(type, names);
  return names.of(code) !== undefined;
}
