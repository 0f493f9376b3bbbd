import {
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  type Message,
} from "@bufbuild/protobuf";
import { isReflectMessage, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { required, rules as rulesOption } from "../../gen/validate/validate_pb.js";
import { elementCheck, fieldCheck } from "./field-check.ts";
import { goFieldName, goTypeName } from "./go-names.ts";

/** Finds what is wrong with a part of a message, in the server's words. */
type Check = (message: ReflectMessage) => string | undefined;

const plans = new WeakMap<DescMessage, readonly Check[]>();

/**
 * The first violation of the field rules (`validate.rules`) in a message, in the server's words:
 * `invalid GetUserByIDRequest.UserId: value length must be between 1 and 200 runes, inclusive`.
 */
export function findViolation(schema: DescMessage, message: Message): string | undefined {
  return firstViolation(reflect(schema, message));
}

function firstViolation(message: ReflectMessage): string | undefined {
  for (const check of getChecks(message.desc)) {
    const violation = check(message);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** The server checks the members of oneofs after all other fields. */
function getChecks(schema: DescMessage): readonly Check[] {
  let plan = plans.get(schema);
  if (plan === undefined) {
    const single = schema.fields.filter((field) => field.oneof === undefined);
    plan = [...single.flatMap(fieldChecks), ...schema.oneofs.flatMap(oneofChecks)];
    plans.set(schema, plan);
  }
  return plan;
}

function oneofChecks(oneof: DescOneof): Check[] {
  const members = oneof.fields.flatMap(fieldChecks);
  if (oneof.proto.options === undefined || !hasOption(oneof, required)) return members;
  const missing = describe(oneof.parent, oneof.name, "value is required");
  return [...members, (message) => (message.oneofCase(oneof) === undefined ? missing : undefined)];
}

function fieldChecks(field: DescField): Check[] {
  const rules = field.proto.options === undefined ? undefined : getOption(field, rulesOption);
  const check = rules === undefined ? undefined : fieldCheck(field, rules);
  const own: Check[] =
    check === undefined
      ? []
      : [
          (message) => {
            const reason = skips(message, field) ? undefined : check(message, field);
            return reason === undefined ? undefined : describe(field.parent, field.name, reason);
          },
        ];
  return [
    ...own,
    ...createElementCheck(field),
    ...(rules?.message?.skip === true ? [] : nestedChecks(field)),
  ];

  function createElementCheck(list: DescField): Check[] {
    const each = rules === undefined ? undefined : elementCheck(rules);
    return each === undefined ? [] : [(message) => findFirst(listValues(message, list), list, each)];
  }
}

/** An absent optional value breaks no rule. */
function skips(message: ReflectMessage, field: DescField): boolean {
  const optional = field.fieldKind === "scalar" || field.fieldKind === "enum";
  return optional && field.presence === EXPLICIT && !message.isSet(field);
}

/** google.protobuf.FeatureSet.FieldPresence.EXPLICIT, for fields marked as optional and members of oneofs. */
const EXPLICIT = 1;

/** Nested messages have their own rules. */
function nestedChecks(field: DescField): Check[] {
  if (field.message === undefined) return [];
  const nested = (value: unknown): string | undefined => {
    const cause = isReflectMessage(value) ? firstViolation(value) : undefined;
    return cause === undefined ? undefined : `embedded message failed validation | caused by: ${cause}`;
  };
  if (field.fieldKind !== "message")
    return [(message) => findFirst(listValues(message, field), field, nested)];
  return [
    (message) => {
      const reason = message.isSet(field) ? nested(message.get(field)) : undefined;
      return reason === undefined ? undefined : describe(field.parent, field.name, reason);
    },
  ];
}

function* listValues(message: ReflectMessage, field: DescField): Generator<[number | string, unknown]> {
  if (field.fieldKind === "list") {
    let index = 0;
    for (const value of message.get(field)) yield [index++, value];
  } else if (field.fieldKind === "map") {
    for (const [key, value] of message.get(field)) yield [String(key), value];
  }
}

function findFirst(
  values: Iterable<[number | string, unknown]>,
  field: DescField,
  check: (value: unknown) => string | undefined,
): string | undefined {
  for (const [key, value] of values) {
    const reason = check(value);
    if (reason !== undefined) return describe(field.parent, field.name, reason, `[${key}]`);
  }
  return undefined;
}

function describe(parent: DescMessage, name: string, reason: string, suffix = ""): string {
  return `invalid ${goTypeName(parent)}.${goFieldName(name)}${suffix}: ${reason}`;
}
