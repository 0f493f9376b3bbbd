import { expect, test } from "vitest";
import { makeCalls } from "./shared/calls.ts";
import { startInstance } from "./shared/instance.ts";

test("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await expect(makeCalls(await instance.describe())).resolves.toBeUndefined();
  await instance.close();
});
