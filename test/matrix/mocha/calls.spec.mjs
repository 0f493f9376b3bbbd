import { it } from "mocha";
import { makeCalls } from "./compiled/calls.mjs";
import { startInstance } from "./compiled/instance.mjs";

it("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await makeCalls(await instance.describe());
  await instance.close();
});
