import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { replay } from "./replay/flow.ts";
import { flowNames, readPending } from "./replay/recording.ts";

describe("The emulator answers as a recorded Zitadel did", () => {
  const pending = readPending();
  for (const flow of flowNames()) {
    it(`in the flow ${flow}`, async () => {
      const results = [...(await replay(flow))];
      const different = results.filter(([step, problems]) => problems.length > 0 && !pending.has(step));
      assert.deepEqual(
        different.map(([step, problems]) => `${step}: ${problems.join("; ")}`),
        [],
      );
      const same = results.filter(([step, problems]) => problems.length === 0 && pending.has(step));
      assert.deepEqual(
        same.map(([step]) => step),
        [],
        "these can leave the list of what is pending",
      );
    });
  }
});
