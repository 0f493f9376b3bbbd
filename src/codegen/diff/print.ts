import type { Change } from "./compare.ts";
import { type ApiDiff, isDifferent, type Side } from "./diff.ts";
import type { Element } from "./surface.ts";

/** How a diff is written. */
export interface DiffStyle {
  heading(text: string): string;
  item(text: string): string;
  code(text: string): string;
}

/** For terminals. */
export const PLAIN: DiffStyle = {
  heading: (text) => `\n${text}\n`,
  item: (text) => `  ${text}\n`,
  code: (text) => text,
};

/** For pull requests. */
export const MARKDOWN: DiffStyle = {
  heading: (text) => `\n### ${text}\n\n`,
  item: (text) => `- ${text}\n`,
  code: (text) => `\`${text}\``,
};

/** A diff in words. */
export function printDiff(diff: ApiDiff, style: DiffStyle): string {
  const { heading, item, code } = style;
  const section = (title: string, items: readonly string[]) =>
    items.length === 0 ? "" : heading(`${title} (${items.length})`) + items.map(item).join("");
  const named = (element: Element) => nameOf(element, code);
  // What was removed is in a section of its own.
  const broken = diff.broken.filter(({ rule }) => !rule.endsWith("_NO_DELETE"));
  return [
    item(`from ${sideText(diff.from)}`),
    item(`to ${sideText(diff.to)}`),
    isDifferent(diff) ? "" : heading("No difference"),
    section(
      "Broken",
      broken.map(({ rule, message }) => `${oneLine(message)} (${rule})`),
    ),
    section("Removed", diff.removed.map(named)),
    section(
      "Changed",
      diff.changed.map((change) => changeText(change, code)),
    ),
    section("Deprecated", diff.deprecated.map(named)),
    section("Added", diff.added.map(named)),
  ].join("");
}

function sideText({ description, services, rpcs }: Side): string {
  return `${description}: ${services} services, ${rpcs} RPCs`;
}

function nameOf({ kind, name, signature }: Element, code: DiffStyle["code"]): string {
  return `${kind} ${code(name)}${kind === "rpc" || kind === "field" ? ` ${code(signature)}` : ""}`;
}

function changeText({ before, after }: Change, code: DiffStyle["code"]): string {
  return `${after.kind} ${code(after.name)}: ${code(before.signature)}, now ${code(after.signature)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
