import { version } from "../version.ts";

/** `User-Agent` (RFC 9110 section 10.1.5): the application's product, if it names one, then ours. */
export function userAgent(product: string | undefined): string {
  const own = `zitadel-connect/${version} (node/${process.versions.node}; ${process.platform})`;
  return product === undefined ? own : `${product} ${own}`;
}
