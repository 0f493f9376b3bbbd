import { createFieldOptions } from "../call/field-options.ts";
import { readPinnedCatalog } from "../catalog/catalog.ts";
import { findRpcs } from "../catalog/find-rpc.ts";
import { COMMON_OPTIONS, type Command } from "../command.ts";
import { glanceAt, type OptionSpec, type OptionSpecs } from "../command-line.ts";
import { COMMANDS, findCommand } from "../commands.ts";
import { readProfiles } from "../connection/profiles.ts";
import type { Terminal } from "../terminal.ts";

/** A completion of a word. */
export interface Candidate {
  readonly value: string;
  readonly help?: string | undefined;
}

/** Makes the shell's script complete file names. */
export const FILES: Candidate = { value: ":file" };

/** Completes the last word of a command line, which may be empty. */
export async function complete(words: readonly string[], terminal: Terminal): Promise<Candidate[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const found = findCommand(before);
  const all =
    found === undefined
      ? completeCommand(before)
      : await completeArguments(found.name, found.rest, current, terminal);
  const isFiles = all.includes(FILES);
  return isFiles ? [FILES] : all.filter(({ value }) => value.startsWith(current));
}

/** The next words of the commands that begin with these words. */
function completeCommand(before: readonly string[]): Candidate[] {
  const prefix = before.map((word) => `${word} `).join("");
  const next = Object.entries(COMMANDS)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, { summary }]) => ({ value: name.slice(prefix.length).split(" ")[0] ?? "", help: summary }));
  const byValue = new Map(next.map((candidate) => [candidate.value, candidate]));
  const general = before.length === 0 ? [{ value: "--help" }, { value: "--version" }] : [];
  return [...byValue.values(), ...general];
}

async function completeArguments(
  name: string,
  rest: readonly string[],
  current: string,
  terminal: Terminal,
): Promise<Candidate[]> {
  const command = await COMMANDS[name]?.load();
  if (command === undefined) return [];
  const specs: OptionSpecs = {
    ...command.options,
    ...COMMON_OPTIONS,
    ...(await findFieldSpecs(name, command, rest)),
  };
  const last = rest.at(-1) ?? "";
  const option = last.startsWith("--") ? specs[last.slice(2)] : undefined;
  if (option?.type === "string") return completeValue(last.slice(2), option, terminal);
  if (current.startsWith("-")) return completeOption(specs);
  const { word } = glanceAt(specs, rest);
  if (word === undefined) return await completeFirstWord(name);
  return current.startsWith("@") ? [FILES] : [];
}

/** The options for the fields of the RPC that `call` names. */
async function findFieldSpecs(name: string, command: Command, rest: readonly string[]): Promise<OptionSpecs> {
  const { word } = glanceAt(command.options, rest);
  if (name !== "call" || word === undefined) return {};
  const [place, ...others] = findRpcs(await readPinnedCatalog(), word);
  if (place === undefined || others.length > 0) return {};
  const method = (await place.service.load()).method[place.method];
  if (method === undefined) return {};
  const fields = createFieldOptions(
    method.input,
    new Set(Object.keys({ ...command.options, ...COMMON_OPTIONS })),
  );
  return Object.fromEntries(
    [...fields].map(([option, { spec, path }]) => {
      const values = path.at(-1)?.enum?.values.map(({ name }) => name);
      return [option, values === undefined ? spec : { ...spec, value: values.join("|") }];
    }),
  );
}

function completeOption(specs: OptionSpecs): Candidate[] {
  return Object.entries<OptionSpec>(specs).map(([name, { standard, help }]) => ({
    value: standard === true ? `--no-${name}` : `--${name}`,
    help: help.split("\n")[0],
  }));
}

function completeValue(name: string, { value = "" }: OptionSpec, { env }: Terminal): Candidate[] {
  if (name === "profile") return [...readProfiles(env).keys()].map((profile) => ({ value: profile }));
  if (/^@?(file|path|directory)$/.test(value)) return [FILES];
  return value.includes("|") ? value.split("|").map((one) => ({ value: one })) : [];
}

/** The completions of the first word. */
async function completeFirstWord(name: string): Promise<Candidate[]> {
  if (name === "completion") return ["bash", "zsh", "fish"].map((value) => ({ value }));
  if (name !== "call" && name !== "describe") return [];
  const catalog = await readPinnedCatalog();
  const rpcs = catalog.flatMap(({ path, methods }) =>
    methods.map((method) => ({ value: `${path}.${method}` })),
  );
  return name === "call"
    ? rpcs
    : [...catalog.map(({ path, typeName }) => ({ value: path, help: typeName })), ...rpcs];
}
