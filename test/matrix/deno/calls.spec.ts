import { makeCalls } from "./shared/calls.ts";
import { startInstance } from "./shared/instance.ts";

Deno.test("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await makeCalls(await instance.describe());
  await instance.close();
});
