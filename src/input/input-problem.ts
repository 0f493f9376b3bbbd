import { isMessage } from "@bufbuild/protobuf";
import { describe } from "../shared/describe.ts";

/** Why a value is not a valid message, with the path from the message where the search began. */
export class InputProblem {
  /** The path as in .proto files; empty for the value itself. */
  readonly field: string;
  /** The same path in the object that was passed. */
  readonly property: string;
  /** Never holds the value. */
  readonly reason: string;

  constructor(reason: string, field = "", property = "") {
    this.reason = reason;
    this.field = field;
    this.property = property;
  }

  /** Returns the same problem, seen from one level above. */
  within(name: string, localName: string): InputProblem {
    return new InputProblem(this.reason, join(name, this.field), join(localName, this.property));
  }
}

/** Creates the problem of a value that is not what is expected. */
export function mismatch(seen: string, expected: string): InputProblem {
  return new InputProblem(`is ${seen}; expected ${expected}`);
}

/** Describes a value without revealing it. */
export function describeInput(value: unknown): string {
  if (isMessage(value)) return `a ${value.$typeName}`;
  if (typeof value !== "object" || value === null || Array.isArray(value) || isPlain(value)) {
    return describe(value);
  }
  return `a ${value.constructor.name}`;
}

/**
 * Whether a value is a plain object or a message. Plain objects from another realm, such as a test runner's, have a
 * different prototype.
 */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null || isMessage(value);
}

function join(name: string, rest: string): string {
  return rest === "" || rest.startsWith("[") ? name + rest : `${name}.${rest}`;
}
