import type { Code } from "@connectrpc/connect";
import { isInstance, toInit, ZitadelError } from "../../errors/zitadel-error.ts";
import type { ListCursor } from "./list-options.ts";

const brand = Symbol.for("zitadel-connect.ListError");

/** What is known of the iteration that failed. */
export interface ListErrorInit {
  /** Where it got to. */
  readonly cursor: ListCursor;
  /** Why it failed. */
  readonly reason: ZitadelError;
}

/**
 * An iteration that could not go on. Has all that the error of the call has; `cursor` tells how far the iteration got,
 * and with `{ resumeFrom: error.cursor }` another one goes on from there. The code is `Aborted` where the list
 * changed so much that the place in it is lost, or where the server does not give its pages.
 */
export class ListError extends ZitadelError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "ListError";
  /** The page that could not be read. Counts from 1. */
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
    // Its hundred anchors help nobody who reads them.
    Object.defineProperty(this, "cursor", { enumerable: false });
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is ListError {
    // biome-ignore lint/complexity/noThisInStatic: a class that is derived from this one inherits the method
    return isInstance(this, ListError, brand, value);
  }
}

/** A reason of our own, for want of an error from the server. */
export function listFailure(method: string, code: Code, { message, hint }: Failure): ZitadelError {
  return new ZitadelError({ method, origin: "client", code, message, hint });
}

interface Failure {
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}
