/** Whether a name, in any spelling, says that a text is a secret: `apiToken`, `recovery_codes`, `Authorization`. */
export function isSecretName(name: string): boolean {
  const all = splitWords(name);
  const words = withoutForm(all);
  return (
    isSecret(words, SECRET_WORDS) ||
    [all, words].some((some) => SECRET_PAIRS.test(some.join("_"))) ||
    SECRET_ENDING.test(words.at(-1) ?? "")
  );
}

/** Whether a name says that a number is a secret. Numbers need stronger evidence: a code may be a status. */
export function isSecretNumber(name: string): boolean {
  const words = withoutForm(splitWords(name));
  return isSecret(words, SECRET_NUMBERS) || SECRET_CODES.test(words.join("_"));
}

/** The last word counts, since the words before it only describe it: a `token_type` is not a token. */
function isSecret(words: readonly string[], secret: RegExp): boolean {
  return secret.test(words.at(-1) ?? "") && !HARMLESS.test(words.join("_"));
}

const SECRET_WORDS =
  /^(?:passwords?|passwd|pwd|passphrases?|passcodes?|secrets?|tokens?|codes?|hash(?:es)?|salts?|assertions?|jwts?|bearers?|authorizations?|h?otps?|totps?|pins?|pats?|cvv|cvc|cookies?|credentials?|mnemonics?|dsns?|scripts?|json)$/;

const SECRET_NUMBERS = /^(?:passwords?|passwd|pwd|passcodes?|secrets?|h?otps?|totps?|pins?|cvv|cvc)$/;

const SECRET_CODES =
  /(?:^|_)(?:verification|recovery|backup|security|confirmation|activation|invite|sms|email|phone|access|scratch|login|auth|mfa|one_time|reset)_codes?$/;

/** Pairs of words that name a secret although the last one alone does not. */
const SECRET_PAIRS =
  /(?:^|_)(?:(?:api|private|signing|access|machine|encryption|decryption|secret|master|session|shared|license|storage|ssh|client|server|service_account)_keys?|relay_states?|saml_responses?|connection_strings?|(?:web_?hook|database|db|redis|mongo(?:db)?|postgres(?:ql)?|mysql|amqp|rabbitmq|jdbc|signed|presigned|upload|download|reset|invite|invitation|magic|callback)_(?:url|uri|link)s?)$/;

/** Compounds that are written as one word. */
const SECRET_ENDING = /(?:.password|.passwd|.passphrase|.secret|.token|apikey|privatekey|.credential)s?$/;

/** The word before shows that the last one is not a secret: codes of countries and errors, tokens that name a page. */
const HARMLESS =
  /(?:^|_)(?:(?:country|currency|language|lang|locale|region|postal|post|zip|area|dial|dialing|status|error|exit|return|reason|result|http|grpc|color|colour|product|item|sort|event|source|byte|op)_codes?|(?:page|sync|continuation)_tokens?|(?:git|commit|file|tree|build)_hash(?:es)?)$/;

/** The form or the generation of a value: the words before it show whether it is a secret. */
const FORM =
  /^(?:pem|der|jwk|values?|plain|plaintext|raw|cleartext|base|b|hex|string|str|bytes|content|data|encrypted|old|new|current|previous|\d+)$/;

function splitWords(name: string): string[] {
  return name
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d+$)/g, "_")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

function withoutForm(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => !FORM.test(word));
  return words.slice(0, Math.max(last, 0) + 1);
}
