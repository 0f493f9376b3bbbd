import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { isSecretName, isSecretNumber } from "./secret-names.ts";

/** One-time passwords that a challenge returns, and addresses that carry a code, a token or a TOTP secret. */
const SECRET_VALUE = /^(otp_email|otp_sms|callback_url|uri|url)$/;

/** Bytes and free-form objects that are not secret. Nothing is known about others, and they often are. */
const OPEN_OPAQUE = /^(public_key|root_ca|metadata_xml|translations|schema)$/;

/** Names of the field in a message that exists only to hold one value. */
const HELD = /^(values?|fields|data|content|raw|plain|text)$/;

const NOT_NUMBERS: ReadonlySet<ScalarType> = new Set([ScalarType.STRING, ScalarType.BYTES, ScalarType.BOOL]);

const known = new WeakMap<DescField, boolean>();

/**
 * Whether the value of a field must not be logged: one value, a list, or the values of a map. Derived from the descriptor,
 * so it also works for services that a user generated; proto/secret-fields.tsv lists the result for each field of the
 * pinned API, for review.
 */
export function isSecretField(field: DescField): boolean {
  let secret = known.get(field);
  if (secret === undefined) {
    secret = classify(field);
    known.set(field, secret);
  }
  return secret;
}

function classify(field: DescField): boolean {
  const { name, parent } = field;
  if (isOpaque(field)) return !OPEN_OPAQUE.test(name);
  const scalar = findScalar(field);
  if (scalar === undefined || scalar === ScalarType.BOOL) return false;
  if (!NOT_NUMBERS.has(scalar))
    return isSecretNumber(name) || (HELD.test(name) && isSecretNumber(parent.name));
  if (isSecretName(name) || SECRET_VALUE.test(name)) return true;
  // A custom wrapper, a hash with its algorithm, HTTP headers of a browser, a form for an identity provider.
  return HELD.test(name) && (isSecretName(parent.name) || /(HeaderValues|FormData)$/.test(parent.name));
}

function isOpaque(field: DescField): boolean {
  return (
    findScalar(field) === ScalarType.BYTES ||
    /^google\.protobuf\.(Struct|Value|ListValue|Any)$/.test(field.message?.typeName ?? "")
  );
}

/** The type of what a field, a list or a map holds, also in a well-known wrapper or a custom one. */
function findScalar({ scalar, message }: Pick<DescField, "scalar" | "message">): ScalarType | undefined {
  if (scalar !== undefined || message === undefined) return scalar;
  const [only, another] = message.fields;
  return another === undefined && only?.fieldKind === "scalar" ? only.scalar : undefined;
}
