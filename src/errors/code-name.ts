import { Code } from "@connectrpc/connect";

/** The name of a code as Connect spells it: `not_found`. */
export function codeName(code: Code): string {
  return (Code[code] ?? String(code)).replaceAll(/(?<=.)[A-Z]/g, "_$&").toLowerCase();
}
