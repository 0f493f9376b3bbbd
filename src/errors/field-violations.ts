import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { goFieldName } from "../validation/go-names.ts";

/** A field of the request that breaks a rule. */
export interface FieldViolation {
  /** The path of the field in the request as .proto files spell it: `profile.given_name`, `queries[0].email_query`. */
  readonly field: string;
  /** The same path in this package's request object: `profile.givenName`. */
  readonly property: string;
  /** The rule that is broken: `value length must be between 1 and 200 runes, inclusive`. */
  readonly reason: string;
}

const VIOLATION = /invalid \w+\.(\w+)(\[[^\]]*\])?: /y;
const NESTED = "embedded message failed validation | caused by: ";

/**
 * Finds the field that a server error names, in Go's notation: `invalid AddHumanUserRequest.Profile: embedded message
 * failed validation | caused by: invalid …`.
 */
export function parseFieldViolations(text: string, request: DescMessage): FieldViolation[] {
  const names: string[] = [];
  const properties: string[] = [];
  let message: DescMessage | undefined = request;
  // Scans the text without recursion: a server may nest as deeply as it likes.
  let at = 0;
  for (;;) {
    VIOLATION.lastIndex = at;
    const [violation = "", goName = "", index = ""] = VIOLATION.exec(text) ?? [];
    if (violation === "") return [];
    at += violation.length;
    const field = findMember(message, goName);
    names.push(`${field?.name ?? goName}${index}`);
    properties.push(`${field?.property ?? goName}${index}`);
    if (!text.startsWith(NESTED, at)) {
      return [{ field: names.join("."), property: properties.join("."), reason: text.slice(at) }];
    }
    message = field?.message;
    at += NESTED.length;
  }
}

interface Member {
  readonly name: string;
  readonly property: string;
  readonly message: DescMessage | undefined;
}

/** A field or a oneof. A field in a oneof is set by the oneof's `value`. */
function findMember(message: DescMessage | undefined, goName: string): Member | undefined {
  const field = message?.fields.find(({ name }) => goFieldName(name) === goName);
  if (field !== undefined) return { name: field.name, property: toProperty(field), message: field.message };
  const oneof = message?.oneofs.find(({ name }) => goFieldName(name) === goName);
  return oneof === undefined
    ? undefined
    : { name: oneof.name, property: oneof.localName, message: undefined };
}

function toProperty({ oneof, localName }: DescField): string {
  return oneof === undefined ? localName : `${oneof.localName}.value`;
}
