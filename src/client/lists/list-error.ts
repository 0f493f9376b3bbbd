import type { Code } from "@connectrpc/connect";
import { isInstance, toInit, ZitadelError } from "../../errors/zitadel-error.ts";
import type { ListCursor } from "./list-options.ts";

const brand = Symbol.for("zitadel-connect.ListError");

/** What is known about the failed iteration. */
export interface ListErrorInit {
  /** How far it got. */
  readonly cursor: ListCursor;
  /** Why it failed. */
  readonly reason: ZitadelError;
}

/**
 * The error of an iteration that could not continue. Has everything that the error of the call has; `cursor` shows how far
 * the iteration got, and `{ resumeFrom: error.cursor }` continues from there. The code is `Aborted` if the list changed so
 * much that the position in it is lost, or if the server does not return its pages.
 */
export class ListError extends ZitadelError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "ListError";
  /** The number of the page that could not be read, from 1. */
  readonly page: number;
  /** How many items were yielded. */
  readonly yielded: number;
  /** Where to resume. */
  readonly cursor: ListCursor;

  constructor({ reason, cursor }: ListErrorInit) {
    const page = cursor.pages + 1;
    super({
      ...toInit(reason),
      kind: "ListError",
      message: `page ${page}, after ${cursor.yielded} items: ${reason.rawMessage}`,
    });
    this.page = page;
    this.yielded = cursor.yielded;
    this.cursor = cursor;
    // Up to a hundred anchors would clutter the output.
    Object.defineProperty(this, "cursor", { enumerable: false });
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is ListError {
    // biome-ignore lint/complexity/noThisInStatic: a class that is derived from this one inherits the method
    return isInstance(this, ListError, brand, value);
  }
}

/** Creates a reason that does not come from the server. */
export function listFailure(method: string, code: Code, { message, hint }: Failure): ZitadelError {
  return new ZitadelError({ method, origin: "client", code, message, hint });
}

interface Failure {
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}
