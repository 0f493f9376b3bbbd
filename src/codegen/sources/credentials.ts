import { describe, isPossibleHost } from "../../shared/describe.ts";

/** Users, passwords and tokens: up to the last @ before the path, even if the password contains a slash. */
const USER_INFO = /(?<=\b[a-z][a-z\d+.-]*:\/\/)(?:[^\s/?#"'<>]*@|[^\s/?#"'<>@]*:(?!\d+[/?#])[^\s?#"'<>]*@)/gi;
/** Queries, in which signed URLs of archives have their signature. */
const QUERY = /(?<=\b[a-z][a-z\d+.-]*:\/\/[^\s?#"'<>]*)\?[^\s#"'<>]*/gi;

/** Removes the credentials of URLs from a text. They must not reach messages, logs or lock files. */
export function removeCredentials(text: string): string {
  return text.replace(USER_INFO, "").replace(QUERY, "");
}

/**
 * Shows a source in messages, without what follows `#`, and without the credentials of a URL. What does not look like a
 * source may be a secret in the wrong place, so it is described instead.
 */
export function showSource(spec: string): string {
  const [location = ""] = removeCredentials(spec).split("#");
  return isPresentable(location) ? `"${location}"` : `the source (${describe(spec)})`;
}

/**
 * The characters of paths, URLs and packages with a range: no control characters, and few of the symbols that passwords
 * have.
 */
const PLAIN = /^[\p{L}\p{N} ./\\:@~^<>|*+,;%&()[\]_-]*$/u;
/** A part that is as long and as random as a token. */
const SECRET_PART = /^(?=.*\d)[\w~+-]{20,}$/;

function isPresentable(location: string): boolean {
  if (!PLAIN.test(location)) return false;
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(location)) {
    const url = URL.parse(location);
    if (url === null || !isPossibleHost(url)) return false;
  }
  const isFile = /\.[a-z]{2,8}$/i.test(location);
  return isFile || !location.split(/[/\\:@. ]/).some((part) => SECRET_PART.test(part));
}
