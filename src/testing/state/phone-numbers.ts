import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";

/** The calling codes of countries and networks (ITU-T E.164). */
const CALLING_CODE = new RegExp(
  [
    "^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]",
    "|21[12368]|2[2-6]\\d|29[01789]|35\\d|37[0-8]|38[0-35-79]|42[013]|50\\d|59\\d|67[02-9]|68\\d|69[0-2]",
    "|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68])",
  ].join(""),
);

/** Calling codes of countries whose trunk prefix is 0, which is not dialed from abroad. */
const TRUNK_ZERO = new RegExp(
  [
    "^(?:20|27|3[123]|4[013469]|5[14578]|6[0-46]|8[1246]|9[0-58]",
    "|21[238]|233|234|249|25[1456]|26[03]|35[3589]|37[34]|38[0-35-79]|421|59[1358]|880|85[56]|886",
    "|96[1-7]|97[1267]|99[4-68])$",
  ].join(""),
);

const SWITZERLAND = "41";
const KEYPAD = ["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"];
const [MIN_DIGITS, MAX_DIGITS] = [2, 17];

/**
 * Converts a phone number to E.164 format, as the server stores it. Like the server, it is lenient: it assumes that
 * numbers without a calling code are Swiss, and checks little more than the calling code.
 */
export function toPhoneNumber(text: string): string {
  if (text === "") throw zitadelError(Code.InvalidArgument, "PHONE-Zt0NV", "Phone number is empty");
  const number = parse(asciiDigits(text));
  if (number === undefined) throw zitadelError(Code.InvalidArgument, "PHONE-so0wa", "Phone is invalid");
  return number;
}

function parse(text: string): string | undefined {
  // Ignores text before the number, and an extension after it.
  const written = /[+＋\d].*/s.exec(text)?.[0].replace(/\s*(?:;|#|ext|x\b|x\.?\s*\d).*$/is, "") ?? "";
  if (!/^[+＋]*(?:[^\d\p{L}]*\d){2,}/u.test(written)) return undefined;
  const digits = written.toLowerCase().replace(/[a-z]/g, toKeypadDigit).replace(/\D/g, "");
  const isInternational = /^[+＋]/.test(written) || digits.startsWith("00");
  const international = isInternational ? digits.replace(/^00/, "") : abroad(digits);
  const [code] = CALLING_CODE.exec(international) ?? [];
  if (code === undefined) return undefined;
  const national = withoutTrunkPrefix(code, international.slice(code.length));
  return national.length < MIN_DIGITS || national.length > MAX_DIGITS ? undefined : `+${code}${national}`;
}

/** Adds the calling code of Switzerland, unless the number already starts with it. */
function abroad(digits: string): string {
  return digits.startsWith(SWITZERLAND) && digits.length === 11 ? digits : SWITZERLAND + digits;
}

function withoutTrunkPrefix(code: string, national: string): string {
  if (code === "7") return national.length === 11 ? national.replace(/^8/, "") : national;
  return TRUNK_ZERO.test(code) ? national.replace(/^0/, "") : national;
}

function toKeypadDigit(letter: string): string {
  return String(KEYPAD.findIndex((letters) => letters.includes(letter)) + 2);
}

/** Converts the decimal digits of all scripts. In Unicode, the ten digits of a script are consecutive code points. */
function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    let value = 0;
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value += 1;
    return String(value);
  });
}
