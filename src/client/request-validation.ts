import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { toValidationError } from "../errors/to-zitadel-error.ts";
import { withUnary } from "./layers.ts";

/**
 * Checks requests against the rules of the API before they are sent. The rules, which are most of the code for this, are
 * loaded at the first call.
 */
export function withRequestValidation(transport: Transport): Transport {
  return withUnary(transport, async (method, signal, timeoutMs, header, input, contextValues) => {
    const { violationOf } = await import("../validation/violation.ts");
    const message = create(method.input, input);
    const violation = violationOf(method.input, message);
    if (violation !== undefined) throw toValidationError(violation, method);
    return await transport.unary(method, signal, timeoutMs, header, message, contextValues);
  });
}
