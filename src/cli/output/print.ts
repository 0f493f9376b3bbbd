import type { Terminal, Text } from "../terminal.ts";

/** Prints one JSON document, for people and programs; with colors on a terminal. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(...paint(`${JSON.stringify(value, null, 2)}\n`));
}

/** Prints a value on its own line: NDJSON. Wait for `terminal.drained()` before the next. */
export function printLine(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value)}\n`);
}

const KEYS = /("(?:[^"\\]|\\.)*")(?=:)/;

/** Keys have a different color from values. */
function paint(json: string): Text[] {
  return json.split(KEYS).map((text, index) => (index % 2 === 1 ? { text, style: "cyan" } : text));
}
