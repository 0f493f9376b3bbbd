import { describe, isPossibleHost } from "../../shared/describe.ts";

/** Users, passwords and tokens: up to the last @ before the path; also in a URL whose password has a slash in it. */
const USER_INFO = /(?<=\b[a-z][a-z\d+.-]*:\/\/)(?:[^\s/?#"'<>]*@|[^\s/?#"'<>@]*:(?!\d+[/?#])[^\s?#"'<>]*@)/gi;
/** Queries, where archives that need no login have their signature. */
const QUERY = /(?<=\b[a-z][a-z\d+.-]*:\/\/[^\s?#"'<>]*)\?[^\s#"'<>]*/gi;

/** A text in which no URL has credentials any more: they are not for messages, logs and lock files. */
export function withoutCredentials(text: string): string {
  return text.replace(USER_INFO, "").replace(QUERY, "");
}

/**
 * A source as messages quote it: without what follows `#`, and without the credentials of a URL. What looks like no
 * source may be a secret in the wrong place, and is described instead.
 */
export function showSource(spec: string): string {
  const [location = ""] = withoutCredentials(spec).split("#");
  return isPresentable(location) ? `"${location}"` : `what was given (${describe(spec)})`;
}

/** What paths, URLs and packages with a range have in them: no controls, and few of the symbols of passwords. */
const PLAIN = /^[\p{L}\p{N} ./\\:@~^<>|*+,;%&()[\]_-]*$/u;
/** As long as a token, and as mixed. */
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
