/** Moves the pin to `npm:<package>@<version>`, and prints the differences; `--markdown` is for pull requests. */
import { parseArgs } from "node:util";
import { MARKDOWN, PLAIN, printDiff } from "../src/codegen/diff/print.ts";
import { CodegenError } from "../src/codegen/errors.ts";
import { updateApi } from "../src/codegen/update/update-api.ts";
import { root } from "./pinned-api.ts";

const { values, positionals } = parseArgs({
  options: { markdown: { type: "boolean" } },
  allowPositionals: true,
});

try {
  const diff = await updateApi({ directory: root, source: positionals[0] ?? "" });
  process.stdout.write(printDiff(diff, values.markdown === true ? MARKDOWN : PLAIN));
} catch (error) {
  if (!(error instanceof CodegenError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
