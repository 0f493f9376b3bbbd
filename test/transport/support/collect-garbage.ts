import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Leaves on the heap only what something refers to. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
