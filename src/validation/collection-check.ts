import type { MapRules, RepeatedRules } from "../../gen/validate/validate_pb.js";
import type { FieldCheck } from "./check.ts";

/** Checks how many items a list has, and whether they must differ. */
export function repeatedCheck({ minItems, maxItems, unique, ignoreEmpty }: RepeatedRules): FieldCheck {
  return (message, field) => {
    if (field.fieldKind !== "list") return undefined;
    const list = message.get(field);
    if (ignoreEmpty && list.size === 0) return undefined;
    const reason = countReason(list.size, minItems, maxItems, "item");
    if (reason !== undefined || !unique) return reason;
    return new Set(list).size === list.size ? undefined : "repeated value must contain unique items";
  };
}

/** Checks how many entries a map has. */
export function mapCheck({ minPairs, maxPairs, ignoreEmpty }: MapRules): FieldCheck {
  return (message, field) => {
    if (field.fieldKind !== "map") return undefined;
    const { size } = message.get(field);
    return ignoreEmpty && size === 0 ? undefined : countReason(size, minPairs, maxPairs, "pair");
  };
}

function countReason(size: number, min: bigint, max: bigint, unit: string): string | undefined {
  const few = BigInt(size) < min;
  const many = max > 0n && BigInt(size) > max;
  if (!few && !many) return undefined;
  if (min > 0n && min === max) return `value must contain exactly ${min} ${unit}(s)`;
  if (min > 0n && max > 0n) return `value must contain between ${min} and ${max} ${unit}s, inclusive`;
  return few
    ? `value must contain at least ${min} ${unit}(s)`
    : `value must contain no more than ${max} ${unit}(s)`;
}
