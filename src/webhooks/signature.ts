import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookError } from "./webhook-error.ts";

/** The header with the signature, in lower case. */
export const SIGNATURE_HEADER = "zitadel-signature";

/** A parsed header: `t=<seconds>,v1=<hex>`, with a `v1` for each key while keys are rotated. */
interface Signature {
  readonly seconds: number;
  readonly digests: readonly Buffer[];
}

/** How a signature is checked. */
export interface SignatureCheck {
  readonly signingKeys: readonly string[];
  readonly toleranceMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** More would only cost time. */
const MAX_DIGESTS = 10;

/** Throws unless one of the keys signed exactly these bytes, recently. */
export function checkSignature(
  body: Uint8Array,
  header: string | readonly string[] | null | undefined,
  check: SignatureCheck,
): void {
  // Node returns repeated headers as an array.
  const joined = typeof header === "string" ? header : (header ?? []).join(",");
  if (joined === "") throw new WebhookError("signature_missing", `no ${SIGNATURE_HEADER} header`);
  const { seconds, digests } = parse(joined);
  // Compares every key with every digest, so that the time it takes reveals nothing.
  const matches = check.signingKeys.flatMap((key) => {
    const expected = createHmac("sha256", key).update(`${seconds}.`).update(body).digest();
    return digests.map((digest) => timingSafeEqual(expected, digest));
  });
  if (!matches.includes(true)) throw mismatch();
  const age = check.now() - seconds * 1000;
  if (Math.abs(age) > check.toleranceMs) {
    throw new WebhookError(
      "signature_expired",
      `signed ${Math.round(age / 1000)} s ago; toleranceMs is ${check.toleranceMs}`,
    );
  }
}

function parse(header: string): Signature {
  const parts = header.split(",").map((part) => part.trim().split("="));
  const times = parts.filter(([name]) => name === "t").map(([, value = ""]) => value);
  const digests = parts.filter(([name]) => name === "v1").map(([, value = ""]) => value);
  const [time = ""] = times;
  if (
    times.length !== 1 ||
    !/^\d{1,12}$/.test(time) ||
    digests.length === 0 ||
    digests.length > MAX_DIGESTS
  ) {
    throw malformed();
  }
  return { seconds: Number(time), digests: digests.map(parseDigest) };
}

function parseDigest(hex: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw malformed();
  return Buffer.from(hex, "hex");
}

function mismatch(): WebhookError {
  return new WebhookError(
    "signature_mismatch",
    "no signature matches: check that signingKey is this target's, and that the body is exactly the bytes that were sent",
  );
}

function malformed(): WebhookError {
  return new WebhookError("signature_malformed", "expected t=<seconds>,v1=<hex>");
}
