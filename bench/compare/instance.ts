// An instance with thousands of users, in a process of its own. Sends its parent its address.
import { startEmulator } from "../../src/testing/index.ts";
import type { Target } from "./protocol.ts";

const USERS = 3_000;

const users = Array.from({ length: USERS }, (_, index) => ({
  username: `ada-${index}`,
  human: { givenName: "Ada", familyName: `Lovelace ${index}`, email: `ada-${index}@acme.example` },
}));
const emulator = await startEmulator({ seed: { organizations: [{ name: "Acme", users }] } });
process.send?.({ url: emulator.url, token: emulator.serviceUser.token } satisfies Target);
process.on("disconnect", () => process.exit());
