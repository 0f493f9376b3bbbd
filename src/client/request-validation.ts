import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { toValidationError } from "../errors/to-zitadel-error.ts";
import { withRequests } from "./layers.ts";

/**
 * Checks requests against the rules of the API before they are sent. The rules, which are most of the code for this, are
 * loaded at the first call.
 */
export function withRequestValidation(transport: Transport): Transport {
  return withRequests(transport, {
    async prepare(method, input) {
      const { violationOf } = await import("../validation/violation.ts");
      const message = create(method.input, input as Readonly<Record<string, unknown>> | undefined);
      const violation = violationOf(method.input, message);
      if (violation !== undefined) throw toValidationError(violation, method);
      return message;
    },
  });
}
