import { expect, it } from "@jest/globals";
import { makeCalls } from "./shared/calls";
import { startInstance } from "./shared/instance";

it("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await expect(makeCalls(await instance.describe())).resolves.toBeUndefined();
  await instance.close();
});
