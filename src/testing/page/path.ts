import type { HttpRequest } from "../net/http.ts";

/** The path of the page, which Zitadel does not use. */
export const PAGE = "/emulator";

/** Whether a request is for the page. */
export function isForPage({ path }: Pick<HttpRequest, "path">): boolean {
  return path === PAGE || path.startsWith(`${PAGE}/`);
}
