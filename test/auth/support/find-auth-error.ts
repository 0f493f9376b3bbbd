import assert from "node:assert/strict";
import { AuthError } from "../../../src/auth/auth-error.ts";

/** Asserts that a promise is rejected with an `AuthError`, and returns it. */
export async function findAuthError(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => assert.fail("should have failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AuthError, String(error));
  return error;
}
