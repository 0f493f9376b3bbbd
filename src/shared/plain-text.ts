/**
 * Escape sequences of ECMA-48, which terminals interpret as commands. The end of an unusually long one remains, as text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it searches for
const ESCAPE_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]?|\u001b[ -/]{0,8}[0-~]?/g;

/** Characters that reorder the text around them, or are invisible: see Unicode Technical Report 36. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it searches for
const CONTROLS = /(?:[^\S ]|[\u0000-\u001f\u007f-\u009f])+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it searches for
const CONTROLS_IN_LINE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Commands of CI runners at the start of a line: `::error::` on GitHub, `##vso[` on Azure. */
const COMMAND = /^(?:[ \t]*(?:::(?=[a-z])|##(?=vso\[|\[)))+/gm;

/**
 * Makes text from a server, a proxy or a certificate safe for errors, logs and terminals: one line, with spaces for line
 * breaks and other control characters, and without anything that a terminal or CI would execute.
 */
export function toLine(text: string): string {
  return strip(text, CONTROLS).trim().replace(COMMAND, "");
}

/** The same for text whose line breaks are our own. */
export function toLines(text: string): string {
  return strip(text, CONTROLS_IN_LINE).replaceAll(COMMAND, "");
}

function strip(text: string, controls: RegExp): string {
  return text.replaceAll(ESCAPE_SEQUENCES, "").replaceAll(INVISIBLE, "").replaceAll(controls, " ");
}
