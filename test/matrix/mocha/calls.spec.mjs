import { it } from "mocha";
import { makeCalls } from "./shared/calls.mjs";
import { startInstance } from "./shared/instance.mjs";

it("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await makeCalls(await instance.describe());
  await instance.close();
});
