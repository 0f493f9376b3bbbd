import { stripVTControlCharacters } from "node:util";
import type { Terminal, Text } from "../terminal.ts";

/** A table: the names of its columns, and its rows, each with one text per column. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Prints a table. If the terminal is too narrow, texts are cut and the last columns omitted. */
export function printTable(terminal: Terminal, { columns, rows }: Table): void {
  const cells = [columns, ...rows].map((row) => row.map(toCell));
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => measureWidth(row[column] ?? ""))));
  const shown = fit(widths, terminal.columns);
  for (const [index, row] of cells.entries()) {
    const line = shown
      .map((size, column) => pad(row[column] ?? "", size))
      .join(GAP)
      .trimEnd();
    const text: Text = index === 0 ? { text: line, style: "bold" } : line;
    terminal.out(text, "\n");
  }
}

const GAP = "  ";
const NARROWEST = 8;

/** The widths of the columns that are shown. */
function fit(widths: readonly number[], available: number | undefined): number[] {
  if (available === undefined) return [...widths];
  const shown: number[] = [];
  let left = available;
  for (const size of widths) {
    const gap = shown.length === 0 ? 0 : GAP.length;
    const room = left - gap;
    if (room < Math.min(size, NARROWEST)) break;
    shown.push(Math.min(size, room));
    left -= gap + Math.min(size, room);
  }
  return shown;
}

function toCell(value: string): string {
  return stripVTControlCharacters(value).replaceAll(/\s+/g, " ").trim();
}

/** Characters that are two columns wide, such as Chinese ones, count as two. */
function measureWidth(text: string): number {
  let sum = 0;
  for (const character of text)
    sum +=
      /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  return sum;
}

function pad(text: string, size: number): string {
  if (measureWidth(text) <= size) return text + " ".repeat(size - measureWidth(text));
  let cut = "";
  for (const character of text) {
    if (measureWidth(cut + character) > size - 1) break;
    cut += character;
  }
  return `${cut}…`.padEnd(size);
}
