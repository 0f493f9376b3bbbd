import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects everything on the heap that is not referenced. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
