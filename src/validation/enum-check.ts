import type { DescEnum } from "@bufbuild/protobuf";
import type { EnumRules } from "../../gen/validate/validate_pb.js";
import type { ValueCheck } from "./check.ts";

/** `schema` is unknown for the items of a list, whose values then count as defined. */
export function enumCheck(rules: EnumRules, schema: DescEnum | undefined): ValueCheck {
  return (value) => {
    const number = value as number;
    if (rules.in.length > 0 && !rules.in.includes(number)) {
      return `value must be in list [${formatNames(schema, rules.in)}]`;
    }
    if (rules.notIn.includes(number))
      return `value must not be in list [${formatNames(schema, rules.notIn)}]`;
    const undefinedValue = rules.definedOnly && schema !== undefined && schema.value[number] === undefined;
    return undefinedValue ? "value must be one of the defined enum values" : undefined;
  };
}

function formatNames(schema: DescEnum | undefined, numbers: readonly number[]): string {
  return numbers.map((number) => schema?.value[number]?.name ?? number).join(" ");
}
