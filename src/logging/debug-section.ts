import { debuglog } from "node:util";
import type { LogFields } from "./logger.ts";

/** Writes lines of the first of these sections that NODE_DEBUG names; `undefined` if it names none of them. */
export function debugSection(
  ...names: readonly string[]
): ((message: string, fields: LogFields) => void) | undefined {
  const section = names.map((name) => debuglog(name)).find(({ enabled }) => enabled);
  // Cloudflare's workerd reports every section as enabled.
  if (section === undefined || !/zitadel|\*/i.test(process.env["NODE_DEBUG"] ?? "")) return undefined;
  return (message, { request, response }) => {
    section("%s", message);
    // The text contains all other fields.
    if (request !== undefined) section("  request %s", JSON.stringify(request));
    if (response !== undefined) section("  response %s", JSON.stringify(response));
  };
}
