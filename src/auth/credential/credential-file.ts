import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { failureCode, unreadable } from "../../shared/option-file.ts";
import { sleep } from "../../shared/sleep.ts";
import { type AuthEventListener, emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";
import type { BindCredential, Credential, ParseCredential } from "./credential.ts";

/** A file is checked no more often than this, except when its content is about to be used. */
const CHECK_INTERVAL_MS = 1_000;
/** A file that was overwritten in place is read again after this long, to see whether the writer has finished. */
const SETTLE_MS = 100;

/** Where to read a credential, and how. */
export interface FileSource<T> {
  /** The option with the path. */
  readonly option: string;
  readonly path: string;
  /** The option that takes the content itself. */
  readonly inline: string;
  readonly parse: ParseCredential<T>;
}

/** A file at the time when it was read. */
interface Snapshot {
  readonly text: string;
  /** Changes if another file takes the name. */
  readonly identity: string;
  /** Also changes with the content. */
  readonly version: string;
}

/** The content in use. */
interface FileState<T> extends Snapshot {
  readonly value: T;
}

/**
 * The credential in a file, which is read immediately. Throws a TypeError if it cannot be read or is invalid. In the build
 * for workerd, workerd-file.ts takes the place of this file.
 */
export function fileCredential<T>(source: FileSource<T>): BindCredential<T> {
  const first = readFirst(source);
  return (context) => new FileCredential(context, source, first);
}

function readFirst<T>(source: FileSource<T>): FileState<T> {
  const { path, parse } = source;
  let snapshot: Snapshot;
  try {
    const status = statSync(path, { bigint: true });
    snapshot = takeSnapshot(status, readFileSync(path, "utf8"));
  } catch (error) {
    throw unreadable(source, error);
  }
  return { ...snapshot, value: parse(snapshot.text, toLabel(source)) };
}

/** The option with the path, for messages about a file that exists. */
function toLabel({ option, path }: Pick<FileSource<unknown>, "option" | "path">): string {
  return `${option} ${JSON.stringify(path)}`;
}

/**
 * A credential in a file, which is read each time it is loaded. In between, the file's status shows whether it has changed.
 * A watcher would miss the swap of a symbolic link, by which orchestrators update files. New content is used if another
 * file has taken the name, or if two reads give the same content: a file that is being overwritten may be incomplete. The last
 * valid value stays in use while the file is missing or invalid.
 */
class FileCredential<T> implements Credential<T> {
  readonly #clock: Clock;
  readonly #onEvent: AuthEventListener | undefined;
  readonly #source: FileSource<T>;
  #state: FileState<T>;
  #loading: Promise<T> | undefined;
  #checking: Promise<boolean> | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(context: Pick<AuthContext, "clock" | "onEvent">, source: FileSource<T>, first: FileState<T>) {
    this.#clock = context.clock ?? systemClock;
    this.#onEvent = context.onEvent;
    this.#source = source;
    this.#state = first;
  }

  load(): Promise<T> {
    this.#loading ??= this.#reload().finally(() => {
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
    const { value, version } = this.#state;
    const status = await stat(this.#source.path, { bigint: true }).catch(() => undefined);
    if (status === undefined || takeSnapshot(status, "").version === version) return false;
    return (await this.load()) !== value;
  }

  async #reload(): Promise<T> {
    try {
      this.#accept(await this.#readSettled());
    } catch (error) {
      const reason = error instanceof TypeError ? error.message : `is not readable (${failureCode(error)})`;
      emit(this.#onEvent, { type: "credential-reload-failed", source: toLabel(this.#source), reason });
    }
    return this.#state.value;
  }

  /** The file's content, or the content in use while a new one is still being written. */
  async #readSettled(): Promise<Snapshot> {
    const first = await this.#read();
    if (first.text === this.#state.text || first.identity !== this.#state.identity) return first;
    await sleep(this.#clock, SETTLE_MS);
    const second = await this.#read();
    return second.text === first.text && second.version === first.version ? second : this.#state;
  }

  async #read(): Promise<Snapshot> {
    // The status is read first, so that a write in between is noticed at the next check.
    const status = await stat(this.#source.path, { bigint: true });
    return takeSnapshot(status, await readFile(this.#source.path, "utf8"));
  }

  #accept(snapshot: Snapshot): void {
    if (snapshot.text === this.#state.text) {
      this.#state = { ...snapshot, value: this.#state.value };
      return;
    }
    this.#state = { ...snapshot, value: this.#source.parse(snapshot.text, toLabel(this.#source)) };
    emit(this.#onEvent, { type: "credential-reloaded", source: toLabel(this.#source) });
  }
}

/** The status of a file, precise enough to see a change within a millisecond. */
interface Status {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly size: bigint;
  readonly ino: bigint;
  readonly dev: bigint;
}

function takeSnapshot({ mtimeNs, ctimeNs, size, ino, dev }: Status, text: string): Snapshot {
  const identity = `${dev} ${ino}`;
  return { text: text.trim(), identity, version: `${identity} ${mtimeNs} ${ctimeNs} ${size}` };
}
