import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pinned-api.ts";

/** An option as its comment describes it. */
export interface DocumentedOption {
  readonly option: string;
  /** In one line, without the default. */
  readonly text: string;
  /** What the comment says after `Default:`, if it does. */
  readonly byDefault: string | undefined;
}

/** Reads the options that an interface of a source file declares, from their comments. */
export function readOptionComments(file: string, name: string): DocumentedOption[] {
  const source = readFileSync(join(root, file), "utf8");
  const [, body = ""] = new RegExp(`interface ${name}\\b.*?\\{\n(.*?)\n\\}`, "s").exec(source) ?? [];
  return [...body.matchAll(/\/\*\*(.*?)\*\/\s*readonly (\w+)/gs)].map(([, comment = "", option = ""]) => {
    const line = comment.replaceAll(/\s*\n\s*\*\s?/g, " ").trim();
    const [, before = "", byDefault, after = ""] =
      /^(.*?)(?: ?Default: (.*?)\.(?= |$)(.*))?$/.exec(line) ?? [];
    return { option, text: `${before}${after}`.trim(), byDefault };
  });
}

/** Reads the options that a type of a source file picks from another one. */
export function readPickedOptions(file: string, name: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const [, names = ""] = new RegExp(`type ${name} = Pick<(.*?)>;`, "s").exec(source) ?? [];
  return [...names.matchAll(/\| "(\w+)"/g)].map(([, option = ""]) => option);
}
