import type { Instance } from "../shared/calls";

/** Read when it is needed: `next build` imports it where it is not set. */
export function readInstance(): Instance {
  return JSON.parse(process.env["MATRIX_INSTANCE"] ?? "");
}
