const { it } = require("mocha");
const { makeCalls } = require("./shared/calls.cjs");
const { startInstance } = require("./shared/instance.cjs");

it("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await makeCalls(await instance.describe());
  await instance.close();
});
