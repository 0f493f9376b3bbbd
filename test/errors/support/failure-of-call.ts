import assert from "node:assert/strict";
import {
  type CallOptions,
  createZitadel,
  personalAccessToken,
  ZitadelError,
  type ZitadelOptions,
} from "../../../src/index.ts";
import type { Emulator } from "../../../src/testing/index.ts";

/** The error of reading a user from an emulator, by default one that does not exist. */
export async function failureOfCall(
  emulator: Emulator,
  options: ZitadelOptions = {},
  userId = "1",
  callOptions: CallOptions = {},
): Promise<ZitadelError> {
  await using zitadel = createZitadel({
    url: emulator.url,
    auth: personalAccessToken({ token: emulator.serviceUser.token }),
    retry: { maxAttempts: 1 },
    ...options,
  });
  try {
    await zitadel.user.v2.getUserByID({ userId }, callOptions);
  } catch (error) {
    assert.ok(error instanceof ZitadelError);
    return error;
  }
  assert.fail("The call has succeeded");
}
