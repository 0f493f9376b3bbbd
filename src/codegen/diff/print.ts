import type { Change } from "./compare.ts";
import { type ApiDiff, isDifferent, type Side } from "./diff.ts";
import type { Element } from "./surface.ts";

/** How a diff is written. */
export interface DiffStyle {
  heading(text: string): string;
  item(text: string): string;
  code(text: string): string;
  /** The maximum number of bytes. Default: no limit. */
  readonly maxBytes?: number | undefined;
}

/** For terminals. */
export const PLAIN: DiffStyle = {
  heading: (text) => `\n${text}\n`,
  item: (text) => `  ${text}\n`,
  code: (text) => text,
};

/** For pull requests: GitHub allows 65,536 characters, of which some are left for the text around a diff. */
export const MARKDOWN: DiffStyle = {
  heading: (text) => `\n### ${text}\n\n`,
  item: (text) => `- ${text}\n`,
  code: (text) => `\`${text}\``,
  maxBytes: 60_000,
};

/** A diff in words. What breaks callers comes first. Items that do not fit are only counted. */
export function printDiff(diff: ApiDiff, style: DiffStyle): string {
  const { heading, item, code, maxBytes = Number.POSITIVE_INFINITY } = style;
  const named = (element: Element) => formatName(element, code);
  const sections: [title: string, items: readonly string[]][] = [
    ["Broken", diff.broken.map(({ rule, message }) => `${toOneLine(message)} (${rule})`)],
    ["Removed", diff.removed.map(named)],
    ["Changed", diff.changed.map((change) => formatChange(change, code))],
    ["Deprecated", diff.deprecated.map(named)],
    ["Added", diff.added.map(named)],
  ];
  const head = item(`from ${formatSide(diff.from)}`) + item(`to ${formatSide(diff.to)}`);
  const lines = new Lines(maxBytes - RESERVED_BYTES * sections.length);
  lines.add(head);
  if (!isDifferent(diff)) lines.add(heading("No difference"));
  for (const [title, items] of sections) {
    if (items.length === 0) continue;
    lines.text += heading(`${title} (${items.length})`);
    const left = items.findIndex((text) => !lines.add(item(text)));
    if (left >= 0) lines.text += item(`and ${items.length - left} more, which do not fit here`);
  }
  return lines.text;
}

/** Reserved for the heading of a section and the line about omitted items. */
const RESERVED_BYTES = 120;

/** Text with a maximum size. */
class Lines {
  text = "";
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  /** Adds a line if it fits, and returns whether it did. */
  add(line: string): boolean {
    this.#left -= Buffer.byteLength(line);
    if (this.#left < 0) return false;
    this.text += line;
    return true;
  }
}

function formatSide({ description, services, rpcs }: Side): string {
  return `${description}: ${services} services, ${rpcs} RPCs`;
}

function formatName({ kind, name, signature }: Element, code: DiffStyle["code"]): string {
  return `${kind} ${code(name)}${kind === "rpc" || kind === "field" ? ` ${code(signature)}` : ""}`;
}

function formatChange({ before, after }: Change, code: DiffStyle["code"]): string {
  return `${after.kind} ${code(after.name)}: ${code(before.signature)}, now ${code(after.signature)}`;
}

function toOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
