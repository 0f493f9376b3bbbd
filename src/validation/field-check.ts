import type { DescField } from "@bufbuild/protobuf";
import type { FieldRules } from "../../gen/validate/validate_pb.js";
import { bytesCheck } from "./bytes-check.ts";
import type { FieldCheck, ValueCheck } from "./check.ts";
import { mapCheck, repeatedCheck } from "./collection-check.ts";
import { enumCheck } from "./enum-check.ts";
import { type Order, rangeCheck } from "./range-check.ts";
import { stringCheck } from "./string-check.ts";
import { durationOrder, timestampOrder } from "./time-order.ts";

const REQUIRED = "value is required";

/** Creates the check of a field from its rules; undefined if there is nothing to check. */
export function fieldCheck(field: DescField, rules: FieldRules): FieldCheck | undefined {
  const { type } = rules;
  const required = rules.message?.required === true || isRequired(rules);
  if (field.fieldKind === "message") {
    const check = valueCheck(field, rules);
    return (message) => {
      if (message.isSet(field)) return check?.(message.get(field).message);
      return required ? REQUIRED : undefined;
    };
  }
  if (type.case === "repeated") return repeatedCheck(type.value);
  if (type.case === "map") return mapCheck(type.value);
  const check = valueCheck(field, rules);
  return check === undefined ? undefined : (message) => check(message.get(field));
}

/** Creates the check for each item of a list, or each value of a map. */
export function elementCheck({ type }: FieldRules): ValueCheck | undefined {
  if (type.case === "repeated" && type.value.items !== undefined)
    return valueCheck(undefined, type.value.items);
  if (type.case === "map" && type.value.values !== undefined) return valueCheck(undefined, type.value.values);
  return undefined;
}

function isRequired({ type }: FieldRules): boolean {
  return (
    (type.case === "duration" || type.case === "timestamp" || type.case === "any") && type.value.required
  );
}

function valueCheck(field: DescField | undefined, { type }: FieldRules): ValueCheck | undefined {
  switch (type.case) {
    case undefined:
    case "repeated":
    case "map":
    case "any":
      return undefined;
    case "string":
      return stringCheck(type.value);
    case "bytes":
      return bytesCheck(type.value);
    case "enum":
      return enumCheck(type.value, field?.enum);
    case "bool": {
      const expected = type.value.const;
      return (value) => (value === expected ? undefined : `value must equal ${expected}`);
    }
    case "duration":
      return rangeCheck(type.value, durationOrder);
    case "timestamp":
      return rangeCheck(type.value, timestampOrder);
    default:
      return rangeCheck(type.value, numberOrder);
  }
}

const numberOrder: Order<number | bigint> = {
  compare: (a, b) => (a < b ? -1 : Number(a > b)),
  show: String,
};
