import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { type Clock, systemClock } from "../shared/clock.ts";
import { describe, exactlyOne, misuse, requireObject, requireString } from "../shared/invalid-option.ts";
import { AuthError } from "./auth-error.ts";
import { type AuthEventListener, tell } from "./auth-event.ts";
import type { AuthContext } from "./auth-method.ts";

/** A file is looked at no more often than this, except when its content is about to be used. */
const CHECK_INTERVAL_MS = 1_000;

/** A key, secret or token that may be replaced while the process runs. */
export interface Credential<T> {
  /** The newest usable value. */
  load(): Promise<T>;
  /** Whether a new usable value has come since the last one was read. Looks at most once a second. */
  changed(): Promise<boolean>;
  /** Whether it is time for {@link changed} to look. Cheap. */
  mayChange(): boolean;
}

/** A {@link Credential} whose option has been checked, not yet bound to a client. */
export type UnboundCredential<T> = (context: Pick<AuthContext, "clock" | "onEvent">) => Credential<T>;

/** Makes a value of what was given or read. Throws a TypeError whose message repeats nothing of it. */
export type ParseCredential<T> = (raw: unknown, option: string) => T;

/**
 * The credential in whichever of two options is set: `file` (a path) or `inline` (the value, or a function that
 * returns it or a promise of it). Files and values are checked at once, a function's result when it is needed.
 */
export function credentialOption<T>(
  method: string,
  options: object,
  file: string,
  inline: string,
  parse: ParseCredential<T>,
): UnboundCredential<T> {
  requireObject(method, "its argument", options);
  const name = exactlyOne(method, options, [file, inline]);
  const given: unknown = Object.entries(options).find(([key]) => key === name)?.[1];
  if (name === inline) return inlineCredential(inline, given, parse);
  requireString(method, file, given);
  const first = readNow(method, file, given, parse);
  return (context) => new FileCredential(context, `${file} ${JSON.stringify(given)}`, given, first, parse);
}

/** The credential in an option that holds the value, or a function that returns it or a promise of it. */
export function inlineCredential<T>(
  option: string,
  given: unknown,
  parse: ParseCredential<T>,
): UnboundCredential<T> {
  if (typeof given === "function")
    return (context) => callbackCredential(context, option, () => given(), parse);
  const value = parse(given, option);
  return () => ({ load: () => Promise.resolve(value), ...NEVER_CHANGES });
}

const NEVER_CHANGES: Pick<Credential<unknown>, "changed" | "mayChange"> = {
  changed: () => Promise.resolve(false),
  mayChange: () => false,
};

/** A credential that a function returns. The last good value serves while the function fails. */
function callbackCredential<T>(
  context: Pick<AuthContext, "onEvent">,
  option: string,
  callback: () => unknown,
  parse: ParseCredential<T>,
): Credential<T> {
  let last: { readonly value: T } | undefined;
  const load = async (): Promise<T> => {
    try {
      last = { value: parse(await fromCallback(option, callback), option) };
    } catch (cause) {
      const error = cause instanceof AuthError ? cause : unusable(option, cause);
      if (last === undefined) throw error;
      tell(context.onEvent, { type: "credential_reload_failed", source: option, reason: error.message });
    }
    return last.value;
  };
  return { load, ...NEVER_CHANGES };
}

async function fromCallback(option: string, callback: () => unknown): Promise<unknown> {
  try {
    return await callback();
  } catch (cause) {
    throw new AuthError({
      code: "credential_unavailable",
      summary: `The function given as ${option} failed`,
      cause,
    });
  }
}

function unusable(option: string, cause: unknown): AuthError {
  const description = cause instanceof TypeError ? cause.message : undefined;
  return new AuthError({
    code: "invalid_credential",
    summary: `What ${option} gave is unusable`,
    description,
  });
}

interface FileState<T> {
  readonly value: T;
  readonly text: string;
  readonly fingerprint: string;
}

function readNow<T>(method: string, option: string, path: string, parse: ParseCredential<T>): FileState<T> {
  const label = `${option} ${JSON.stringify(path)}`;
  try {
    const fingerprint = fingerprintOf(statSync(path, { bigint: true }));
    const text = readFileSync(path, "utf8").trim();
    return { fingerprint, text, value: parse(text, label) };
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw misuse(
      method,
      label,
      `not readable (${codeOf(error)})`,
      "the path of a file that this process may read",
    );
  }
}

/**
 * A credential in a file. It is asked for rarely and then read anew. Between, a look at the file's status tells
 * whether it changed; not a watch, which misses the swap of a symbolic link by which orchestrators update files.
 * The last good value serves while the file is missing or does not parse.
 */
class FileCredential<T> implements Credential<T> {
  readonly #clock: Clock;
  readonly #onEvent: AuthEventListener | undefined;
  readonly #label: string;
  readonly #path: string;
  readonly #parse: ParseCredential<T>;
  #state: FileState<T>;
  #loading: Promise<T> | undefined;
  #checking: Promise<boolean> | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(
    context: Pick<AuthContext, "clock" | "onEvent">,
    label: string,
    path: string,
    state: FileState<T>,
    parse: ParseCredential<T>,
  ) {
    this.#clock = context.clock ?? systemClock;
    this.#onEvent = context.onEvent;
    this.#label = label;
    this.#path = path;
    this.#state = state;
    this.#parse = parse;
  }

  load(): Promise<T> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  mayChange(): boolean {
    return this.#clock.monotonic() - this.#checkedAt >= CHECK_INTERVAL_MS;
  }

  changed(): Promise<boolean> {
    if (this.#checking !== undefined) return this.#checking;
    if (!this.mayChange()) return Promise.resolve(false);
    this.#checkedAt = this.#clock.monotonic();
    this.#checking = this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #check(): Promise<boolean> {
    const { value, fingerprint } = this.#state;
    const status = await stat(this.#path, { bigint: true }).catch(() => undefined);
    if (status === undefined || fingerprintOf(status) === fingerprint) return false;
    return (await this.load()) !== value;
  }

  async #read(): Promise<T> {
    try {
      // The status first: a write that comes between is seen at the next look.
      const fingerprint = fingerprintOf(await stat(this.#path, { bigint: true }));
      const text = (await readFile(this.#path, "utf8")).trim();
      this.#accept(fingerprint, text);
    } catch (error) {
      const reason = error instanceof TypeError ? error.message : `not readable (${codeOf(error)})`;
      tell(this.#onEvent, { type: "credential_reload_failed", source: this.#label, reason });
    }
    return this.#state.value;
  }

  #accept(fingerprint: string, text: string): void {
    if (text === this.#state.text) {
      this.#state = { ...this.#state, fingerprint };
      return;
    }
    this.#state = { fingerprint, text, value: this.#parse(text, this.#label) };
    tell(this.#onEvent, { type: "credential_reloaded", source: this.#label });
  }
}

/** Differs for another content, and for another file under the same name. */
function fingerprintOf(status: {
  mtimeNs: bigint;
  ctimeNs: bigint;
  size: bigint;
  ino: bigint;
  dev: bigint;
}): string {
  return [status.mtimeNs, status.ctimeNs, status.size, status.ino, status.dev].join(" ");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : describe(error);
}

/** Reads a token or secret: one word of visible ASCII characters. */
export function parseWord(method: string): ParseCredential<string> {
  return (raw, option) => {
    requireString(method, option, raw);
    if (!/^[\x21-\x7e]+$/.test(raw)) {
      throw misuse(
        method,
        option,
        "a string with white space or control characters in it",
        "the bare value, one word",
      );
    }
    return raw;
  };
}

/** Reads a client secret: any characters, which the request encodes, but no line breaks around or in it. */
export function parseSecret(method: string): ParseCredential<string> {
  return (raw, option) => {
    requireString(method, option, raw);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    if (/[\u0000-\u001f\u007f]/.test(raw)) {
      throw misuse(method, option, "a string with control characters in it", "the bare value on one line");
    }
    return raw;
  };
}
