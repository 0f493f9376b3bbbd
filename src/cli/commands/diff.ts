import { type ApiDiff, diffApis, isBreaking, isDifferent } from "../../codegen/diff/diff.ts";
import { MARKDOWN, PLAIN, printDiff } from "../../codegen/diff/print.ts";
import { readApi } from "../../codegen/read-api.ts";
import { parseSource, SOURCE_FORMS } from "../../codegen/sources/parse-source.ts";
import { checkMatched } from "../../codegen/subset/selection.ts";
import type { Command } from "../command.ts";
import { type OptionSpecs, type OptionValues, parseChoice, parseOptions } from "../command-line.ts";
import { loadConfig } from "../config.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { SOURCE_OPTIONS, toFilter, toInstanceOptions } from "../source-options.ts";

const OPTIONS = {
  from: { type: "string", value: "source", help: "The old API. Default: lock" },
  to: { type: "string", value: "source", help: "The new API. Default: the source in zitadel-connect.json" },
  json: { type: "boolean", help: "Print JSON" },
  markdown: { type: "boolean", help: "Print Markdown, for pull requests" },
  "fail-on": {
    type: "string",
    value: "broken|any|never",
    help: "Which differences cause exit code 3. Default: broken",
  },
  ...SOURCE_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect diff` */
export const diff: Command = {
  description: `A source is one of:

${SOURCE_FORMS.replaceAll(/^/gm, "  ")}`,
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect diff --from pin --to https://acme.zitadel.cloud",
      help: "What the instance has that the pinned API lacks, and vice versa",
    },
    {
      line: "zitadel-connect diff --markdown --fail-on any",
      help: "For a pull request that updates the lock",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const loaded = loadConfig(values.config, terminal.directory);
    const failOn = parseChoice("fail-on", ["broken", "any", "never"], values["fail-on"]) ?? "broken";
    const to = values.to ?? loaded.config.from;
    const read = async (spec: string | undefined, isConfigured: boolean) => {
      if (spec === undefined)
        throw new UsageError("--to is missing: give it here or in zitadel-connect.json");
      const directory = isConfigured || spec === "lock" ? loaded.directory : terminal.directory;
      const instance = toInstanceOptions(values, loaded, terminal.directory);
      return await readApi(
        parseSource(spec, { directory, instance }),
        toFilter(values, loaded),
        terminal.status,
      );
    };
    const [from, after] = await Promise.all([
      read(values.from ?? "lock", values.from === undefined),
      read(to, values.to === undefined),
    ]);
    // What was added or removed exists on one side only.
    checkMatched(from.unmatched.filter((pattern) => after.unmatched.includes(pattern)));
    const result = await diffApis(from, after);
    terminal.out(renderDiff(result, values));
    return isFailure(result, failOn) ? ExitCode.different : ExitCode.ok;
  },
};

function renderDiff(diff: ApiDiff, { json, markdown }: OptionValues<typeof OPTIONS>): string {
  if (json === true) return `${JSON.stringify(diff, null, 2)}\n`;
  return printDiff(diff, markdown === true ? MARKDOWN : PLAIN);
}

function isFailure(diff: ApiDiff, failOn: "broken" | "any" | "never"): boolean {
  if (failOn === "never") return false;
  return failOn === "any" ? isDifferent(diff) : isBreaking(diff);
}
