import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Emulator } from "../../src/testing/index.ts";
import { replay, startStage } from "./replay/flow.ts";
import { flowNames, readExceptions, readFlow } from "./replay/recording.ts";

describe("the emulator responds like a recorded Zitadel", () => {
  const exceptions = readExceptions();
  let emulator: Emulator;
  before(async () => {
    emulator = await startStage();
  });
  after(() => emulator.close());

  it("except in some steps, each with a reason, which are at most 3 of 100", () => {
    const steps = flowNames().flatMap((flow) => readFlow(flow).map(({ name }) => `${flow}/${name}`));
    const unknown = [...exceptions].filter(([step, reason]) => reason === "" || !steps.includes(step));
    assert.deepEqual(unknown, []);
    assert.ok(exceptions.size <= 0.03 * steps.length);
  });

  for (const flow of flowNames()) {
    it(`in the flow ${flow}`, async () => {
      const results = [...(await replay(emulator, flow))];
      const different = results.filter(([step, problems]) => problems.length > 0 && !exceptions.has(step));
      assert.deepEqual(
        different.map(([step, problems]) => `${step}: ${problems.join("; ")}`),
        [],
      );
      const same = results.filter(([step, problems]) => problems.length === 0 && exceptions.has(step));
      assert.deepEqual(
        same.map(([step]) => step),
        [],
        "these can be removed from the list of exceptions",
      );
    });
  }
});
