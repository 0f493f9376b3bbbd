import type { HttpRequest } from "../net/http.ts";

/** A path that Zitadel does not have. */
export const PAGE = "/emulator";

/** Whether a request is for the page, and not for Zitadel. */
export function isForPage({ path }: Pick<HttpRequest, "path">): boolean {
  return path === PAGE || path.startsWith(`${PAGE}/`);
}
