import { createHmac, randomBytes } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_BYTES = 20;
const PERIOD_MS = 30_000;
const DIGITS = 6;
/** By how many periods a clock may be off, in either direction. */
const SKEW = 1;

/** The characters that Go does not escape in paths: `$&+,/:;=@`. */
const KEPT_IN_PATHS = /%(24|26|2B|2C|2F|3A|3B|3D|40)/g;

/** Creates a secret, in base32 (RFC 4648) without padding. */
export function newTotpSecret(): string {
  let text = "";
  let [bits, value] = [0, 0];
  for (const byte of randomBytes(SECRET_BYTES)) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
  }
  return text;
}

/** Creates the URI in the QR code for an authenticator app (Google's "Key Uri Format"). */
export function toTotpUri(issuer: string, accountName: string, secret: string): string {
  const label = encodeURIComponent(`${issuer}:${accountName}`).replace(KEPT_IN_PATHS, decodeURIComponent);
  const parameters = `algorithm=SHA1&digits=${DIGITS}&issuer=${encodeURIComponent(issuer)}&period=30&secret=${secret}`;
  return `otpauth://totp/${label}?${parameters}`;
}

/** Computes the one-time password (RFC 6238) at a time in milliseconds since the epoch. */
export function computeTotp(secret: string, time: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / PERIOD_MS)));
  const hash = createHmac("sha1", decodeBase32(secret)).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  const number = (hash.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, "0");
}

/** Whether a code is the current, previous or next one-time password. Ignores surrounding spaces. */
export function totpMatches(secret: string, code: string, now: number): boolean {
  const steps = Array.from({ length: 2 * SKEW + 1 }, (_, index) => index - SKEW);
  return steps.some((step) => computeTotp(secret, now + step * PERIOD_MS) === code.trim());
}

/** Imported secrets may have invalid characters, which count as zero. */
function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let [bits, value] = [0, 0];
  for (const character of text.toUpperCase().replace(/=+$/, "")) {
    value = ((value << 5) | Math.max(0, ALPHABET.indexOf(character))) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}
