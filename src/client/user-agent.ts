import { isWorkerd } from "../shared/runtime.ts";
import { version } from "../version.ts";

/** `User-Agent` (RFC 9110 section 10.1.5): the application's product, if it names one, then ours. */
export function userAgent(product: string | undefined): string {
  const runtime = isWorkerd ? "workerd" : `node/${process.versions.node}; ${process.platform}`;
  const own = `zitadel-connect/${version} (${runtime})`;
  return product === undefined ? own : `${product} ${own}`;
}
