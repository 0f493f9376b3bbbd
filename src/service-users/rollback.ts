import { ServiceUserError } from "./service-user-error.ts";

interface Undo {
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** What was done so far, to be taken back in reverse where the rest fails. */
export class Rollback {
  #undos: Undo[] = [];

  /** Remembers how to take back what is going to be done. `what`: in words, for who has to do it by hand. */
  add(what: string, run: () => Promise<void>): void {
    this.#undos.push({ what, run });
  }

  /** There is nothing to take back any more. */
  clear(): void {
    this.#undos = [];
  }

  /** Takes back all of it, each also where another one fails. Throws a ServiceUserError that says what is left. */
  async run(cause: unknown): Promise<void> {
    const left: string[] = [];
    for (const { what, run } of this.#undos.toReversed()) {
      try {
        await run();
      } catch {
        left.push(what);
      }
    }
    if (left.length === 0) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceUserError("rollback_failed", {
      summary: `${reason} What was done before could not be taken back whole`,
      hint: `Remove by hand: ${left.join("; ")}`,
      cause,
    });
  }
}
