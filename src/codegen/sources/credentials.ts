/** Users, passwords and tokens: up to the last @ before the path; also in a URL whose password has a slash in it. */
const USER_INFO = /(?<=\b[a-z][a-z\d+.-]*:\/\/)(?:[^\s/?#"'<>]*@|[^\s/?#"'<>@]*:(?!\d+[/?#])[^\s?#"'<>]*@)/gi;
/** Queries, where archives that need no login have their signature. */
const QUERY = /(?<=\b[a-z][a-z\d+.-]*:\/\/[^\s?#"'<>]*)\?[^\s#"'<>]*/gi;

/** A text in which no URL has credentials any more: they are not for messages, logs and lock files. */
export function withoutCredentials(text: string): string {
  return text.replace(USER_INFO, "").replace(QUERY, "");
}
