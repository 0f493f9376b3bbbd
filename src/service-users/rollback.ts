import { ServiceUserError } from "./service-user-error.ts";

interface Undo {
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** The steps done so far, to be undone in reverse if a later one fails. */
export class Rollback {
  #undos: Undo[] = [];

  /** Remembers how to undo the next step. `what` says what to remove, in case it must be undone by hand. */
  add(what: string, run: () => Promise<void>): void {
    this.#undos.push({ what, run });
  }

  /** Forgets all steps: there is no longer anything to undo. */
  clear(): void {
    this.#undos = [];
  }

  /** Undoes all steps, even if some of them fail. Throws a ServiceUserError that says what is left. */
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
      summary: `${reason} The earlier steps could not be undone completely`,
      hint: `Remove by hand: ${left.join("; ")}`,
      cause,
    });
  }
}
