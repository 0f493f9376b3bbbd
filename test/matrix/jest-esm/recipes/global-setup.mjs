import { startEmulator } from "zitadel-connect/testing";

/** What the environment has, `createZitadel()` finds in each worker. */
export default async function setUp() {
  const emulator = await startEmulator();
  process.env["ZITADEL_API_URL"] = emulator.url;
  process.env["ZITADEL_SERVICE_USER_TOKEN"] = emulator.serviceUser.token;
  globalThis.emulator = emulator;
}
