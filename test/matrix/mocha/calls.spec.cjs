const { it } = require("mocha");
const { makeCalls } = require("./compiled/calls.cjs");
const { startInstance } = require("./compiled/instance.cjs");

it("calls an emulator of its own", async () => {
  const instance = await startInstance();
  await makeCalls(await instance.describe());
  await instance.close();
});
