import { type DescField, ScalarType } from "@bufbuild/protobuf";

/** Names whose last word says that the value is a secret. */
const SECRET_NAME =
  /(^|_)(password|passphrase|secret|token|code|hash|assertion|jwt|otp|pin|pat|cookie|credentials?|api_key|(private|signing|access|machine)_key|script|json|relay_state|saml_response)$/;

/** One-time passwords that a challenge returns, and addresses that carry a code, a token or a TOTP secret. */
const SECRET_VALUE = /^(otp_email|otp_sms|callback_url|uri|url)$/;

/** Bytes and free-form objects that are no secret; of any other nothing is known, and they often are. */
const OPEN_OPAQUE = /^(public_key|root_ca|metadata_xml|translations|schema)$/;

const known = new WeakMap<DescField, boolean>();

/**
 * Whether the value of a field must not be logged. Told from the descriptor, so that it holds for services that a user
 * generated; proto/secret-fields.tsv has what it says of each field of the pinned API, for review.
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
  if (field.scalar !== ScalarType.STRING) return false;
  if (SECRET_NAME.test(name) || SECRET_VALUE.test(name)) return true;
  // A hash with its algorithm, HTTP headers of a browser, a form to post to an identity provider.
  return /^(values?|fields)$/.test(name) && /(Password|HeaderValues|FormData)$/.test(parent.name);
}

function isOpaque(field: DescField): boolean {
  return (
    field.scalar === ScalarType.BYTES ||
    /^google\.protobuf\.(Struct|Value|ListValue|Any)$/.test(field.message?.typeName ?? "")
  );
}
