import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CLI_DOCS, cliDocs } from "../../scripts/cli-docs.ts";
import { root } from "../../scripts/pinned-api.ts";
import { createFieldOptions } from "../../src/cli/call/field-options.ts";
import { locateRpc } from "../../src/cli/catalog/locate-rpc.ts";
import { COMMON_OPTIONS, type Command } from "../../src/cli/command.ts";
import { glanceAt, type OptionSpecs, parseCommandLine } from "../../src/cli/command-line.ts";
import { COMMANDS, findCommand } from "../../src/cli/commands.ts";
import { createTerminal } from "../../src/cli/terminal.ts";

describe("docs/cli.md", () => {
  it("is the help of the commands (if intended: node scripts/cli-docs.ts)", async () => {
    assert.equal(readFileSync(join(root, CLI_DOCS), "utf8"), await cliDocs());
  });
});

describe("the help of the command line", () => {
  it("has an example for each command, and a sentence for each option", async () => {
    for (const [name, { load }] of Object.entries(COMMANDS)) {
      const { options, examples = [] } = await load();
      assert.ok(examples.length > 0, `${name} has no example`);
      for (const [option, { help }] of Object.entries(options))
        assert.ok(help !== "", `--${option} of ${name}`);
    }
  });

  it("has only valid examples", async () => {
    let count = 0;
    for (const { load } of Object.values(COMMANDS)) {
      for (const { line } of (await load()).examples ?? []) {
        for (const args of commandLines(line)) {
          await checkLine(args);
          count++;
        }
      }
    }
    assert.ok(count > 15);
  });
});

/** The words after the program's name, wherever a line calls it. */
function commandLines(line: string): string[][] {
  const calls = line.replaceAll("\\\n", " ").matchAll(/zitadel-connect ([^|>)]*(?:'[^']*'[^|>)]*)*)/g);
  return [...calls].map(([, rest = ""]) =>
    [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      ([, single, double, bare]) => single ?? double ?? bare ?? "",
    ),
  );
}

async function checkLine(args: readonly string[]): Promise<void> {
  const found = findCommand(args);
  assert.ok(found !== undefined, `there is no ${args[0]}`);
  const command = await found.entry.load();
  const specs = {
    ...command.options,
    ...COMMON_OPTIONS,
    ...(await findFields(found.name, command, found.rest)),
  };
  parseCommandLine(specs, command.arguments ?? {}, found.rest);
}

async function findFields(name: string, command: Command, args: readonly string[]): Promise<OptionSpecs> {
  if (name !== "call") return {};
  const nothing = () => {};
  const terminal = createTerminal(
    { directory: ".", env: {}, out: nothing, err: nothing, status: nothing },
    false,
  );
  const { method } = await locateRpc(glanceAt(command.options, args).word ?? "", {}, terminal);
  return Object.fromEntries(
    [...createFieldOptions(method.input, new Set())].map(([option, { spec }]) => [option, spec]),
  );
}
