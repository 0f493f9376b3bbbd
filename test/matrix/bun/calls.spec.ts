import { expect, test } from "bun:test";
import { makeCalls } from "./shared/calls.ts";
import { startInstance } from "./shared/instance.ts";

test("calls an emulator of its own", async () => {
  const instance = await startInstance();
  expect(await makeCalls(await instance.describe())).toBeUndefined();
  await instance.close();
});
