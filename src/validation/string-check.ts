import { isIP } from "node:net";
import type { StringRules } from "../../gen/validate/validate_pb.js";
import type { ValueCheck } from "./check.ts";
import { lengthReason } from "./length-check.ts";

/** Checks the rules for a text, in the order in which the server checks them. */
export function stringCheck(rules: StringRules): ValueCheck {
  return (value) => {
    if (typeof value !== "string" || (rules.ignoreEmpty && value === "")) return undefined;
    return (
      listReason(value, rules) ??
      lengthReason([...value].length, { exact: rules.len, min: rules.minLen, max: rules.maxLen }, "runes") ??
      lengthReason(
        Buffer.byteLength(value),
        { exact: rules.lenBytes, min: rules.minBytes, max: rules.maxBytes },
        "bytes",
      ) ??
      partReason(value, rules) ??
      wellKnownReason(value, rules.wellKnown) ??
      patternReason(value, rules.pattern)
    );
  };
}

function listReason(value: string, rules: StringRules): string | undefined {
  if (rules.const !== "" && value !== rules.const) return `value must equal ${rules.const}`;
  if (rules.in.length > 0 && !rules.in.includes(value))
    return `value must be in list [${rules.in.join(" ")}]`;
  return rules.notIn.includes(value) ? `value must not be in list [${rules.notIn.join(" ")}]` : undefined;
}

function partReason(
  value: string,
  { prefix, suffix, contains, notContains }: StringRules,
): string | undefined {
  if (!value.startsWith(prefix)) return `value does not have prefix ${JSON.stringify(prefix)}`;
  if (!value.endsWith(suffix)) return `value does not have suffix ${JSON.stringify(suffix)}`;
  if (!value.includes(contains)) return `value does not contain substring ${JSON.stringify(contains)}`;
  const bad = notContains !== "" && value.includes(notContains);
  return bad ? `value contains substring ${JSON.stringify(notContains)}` : undefined;
}

/** A pattern in Go's dialect; one that JavaScript does not support is left to the server. */
function patternReason(value: string, pattern: string): string | undefined {
  if (pattern === "") return undefined;
  try {
    return new RegExp(pattern, "u").test(value)
      ? undefined
      : `value does not match regex pattern ${JSON.stringify(pattern)}`;
  } catch {
    return undefined;
  }
}

function wellKnownReason(
  value: string,
  { case: kind, value: on }: StringRules["wellKnown"],
): string | undefined {
  if (on !== true) return undefined;
  switch (kind) {
    case "email":
      return emailReason(value);
    case "ip":
      return isIP(value) === 0 ? "value must be a valid IP address" : undefined;
    case "ipv4":
      return isIP(value) === 4 ? undefined : "value must be a valid IPv4 address";
    case "ipv6":
      return isIP(value) === 6 ? undefined : "value must be a valid IPv6 address";
    case "uri":
      return URL.canParse(value) ? undefined : "value must be absolute";
    case "uriRef":
      return URL.canParse(value, "http://base.test") ? undefined : "value must be a valid URI";
    default:
      return undefined;
  }
}

function emailReason(value: string): string | undefined {
  // An address may be bare or, after a name, in angle brackets (RFC 5322, 3.4).
  if (/^(?:[^\s@<>]+@[^\s@<>]+|[^@<>]*<[^\s@<>]+@[^\s@<>]+>)$/.test(value)) return undefined;
  const cause =
    value === "" ? "no address" : /^\S+\s/.test(value) ? "no angle-addr" : "missing '@' or angle-addr";
  return `value must be a valid email address | caused by: mail: ${cause}`;
}
