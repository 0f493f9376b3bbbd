import { Code } from "@connectrpc/connect";
import type { ZitadelError } from "../errors/zitadel-error.ts";

const TROUBLE: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Aborted,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
  Code.Unauthenticated,
]);

/** Whether someone should look into an error; false for a refusal that a program handles, such as a missing object. */
export function isTrouble({ code }: ZitadelError): boolean {
  return TROUBLE.has(code);
}
