import type { BytesRules } from "../../gen/validate/validate_pb.js";
import type { ValueCheck } from "./check.ts";
import { lengthReason } from "./length-check.ts";

/** Checks the rules for bytes that Zitadel uses: those about their length. */
export function bytesCheck({ len, minLen, maxLen, ignoreEmpty }: BytesRules): ValueCheck {
  return (value) => {
    if (!(value instanceof Uint8Array) || (ignoreEmpty && value.length === 0)) return undefined;
    return lengthReason(value.length, { exact: len, min: minLen, max: maxLen }, "bytes");
  };
}
