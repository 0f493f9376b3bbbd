import { signWebhook, startEmulator } from "zitadel-connect/testing";
import type { Instance } from "./calls.ts";

export interface RunningInstance {
  /** Signs the call of the webhook again: signatures are valid for minutes only. */
  describe(): Promise<Instance>;
  close(): Promise<void>;
}

/** Starts an emulator with what calls.ts expects. */
export async function startInstance(): Promise<RunningInstance> {
  const emulator = await startEmulator();
  const { keyFile, userId } = emulator.serviceUser;
  // Besides the service user and the administrator of a new instance.
  for (const username of ["ada", "grace", "joan"]) await emulator.createServiceUser({ username });
  const signingKey = "a-signing-key";
  return {
    async describe() {
      const content = { event_type: "user.locked", aggregateID: userId, sequence: 1 };
      const { body, headers } = await signWebhook({ content, signingKey });
      return {
        url: emulator.url,
        keyFile,
        userId,
        signingKey,
        body,
        signature: headers["zitadel-signature"],
      };
    },
    close: () => emulator.close(),
  };
}
