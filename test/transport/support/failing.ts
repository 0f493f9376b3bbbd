import { ConnectError } from "@connectrpc/connect";
import { type CallFailure, findFailure } from "../../../src/transport/faults.ts";

/** The error of a call, and what is known about its failure. */
export interface Failed {
  readonly error: ConnectError;
  readonly failure: CallFailure;
}

/** Asserts that a call fails with a `ConnectError`. */
export async function failing(call: Promise<unknown>): Promise<Failed> {
  const error = await call.then(
    () => new Error("The call should have failed"),
    (reason: unknown) => reason,
  );
  const failure = findFailure(error);
  if (!(error instanceof ConnectError) || failure === undefined) throw error;
  return { error, failure };
}
