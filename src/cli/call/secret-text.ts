import { clone, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { REDACTED } from "../../logging/redacted-body.ts";
import { isSecretName } from "../../logging/secret-names.ts";

/** Whether a field holds a secret that somebody might type: a password, a token, a code. */
export function isSecretText({ name, scalar, fieldKind }: DescField): boolean {
  return scalar === ScalarType.STRING && fieldKind !== "map" && isSecretName(name);
}

/** The path of the first secret in a message, such as `password.password`. */
export function findSecretText(type: DescMessage, message: Message): string | undefined {
  const [first] = secretTexts(reflect(type, message), []);
  return first?.path.join(".");
}

/** A copy of a message in which secrets are replaced. */
export function hideSecretTexts(type: DescMessage, message: Message): Message {
  const copy = clone(type, message);
  for (const { hide } of secretTexts(reflect(type, copy), [])) hide();
  return copy;
}

interface SecretText {
  readonly path: readonly string[];
  hide(): void;
}

function* secretTexts(message: ReflectMessage, above: readonly string[]): Generator<SecretText> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const path = [...above, field.jsonName];
    if (isSecretText(field)) yield { path, hide: () => message.set(field, hide(message.get(field))) };
    else for (const within of listMessages(message, field)) yield* secretTexts(within, path);
  }
}

function hide(value: unknown): string | string[] {
  return typeof value === "string" ? REDACTED : [REDACTED];
}

/** The messages in a field. */
function listMessages(message: ReflectMessage, field: DescField): Iterable<ReflectMessage> {
  if (field.message === undefined) return [];
  const value: unknown = message.get(field);
  if (field.fieldKind === "message") return [value as ReflectMessage];
  const { values } = value as { values(): Iterable<ReflectMessage> };
  return values.call(value);
}
