/**
 * What a terminal takes for a command: the escape sequences of ECMA-48, whole where they are of the usual length. What
 * follows a longer one stays, as text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const ESCAPE_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]?|\u001b[ -/]{0,8}[0-~]?/g;

/** Characters that turn the text around them, or that nobody sees: see Unicode Technical Report 36. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROLS = /(?:[^\S ]|[\u0000-\u001f\u007f-\u009f])+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROLS_IN_LINE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** What runners of CI take for a command at the beginning of a line: `::error::` of GitHub, `##vso[` of Azure. */
const COMMAND = /^(?:[ \t]*(?:::(?=[a-z])|##(?=vso\[|\[)))+/gm;

/**
 * Makes a text that a server, a proxy or a certificate had a part in fit for errors, logs and terminals: one line, with
 * spaces for line breaks and other controls, and without what a terminal or CI would obey.
 */
export function toLine(text: string): string {
  return strip(text, CONTROLS).trim().replace(COMMAND, "");
}

/** The same for a text whose line breaks are our own. */
export function toLines(text: string): string {
  return strip(text, CONTROLS_IN_LINE).replaceAll(COMMAND, "");
}

function strip(text: string, controls: RegExp): string {
  return text.replaceAll(ESCAPE_SEQUENCES, "").replaceAll(INVISIBLE, "").replaceAll(controls, " ");
}
