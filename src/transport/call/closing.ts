import type { ConnectError } from "@connectrpc/connect";
import { faultError } from "../faults/fault-error.ts";

type Listener = (error: ConnectError) => void;

/** Tells that the connection is closed, to those who wait for something else meanwhile. */
export class Closing {
  readonly #listeners = new Set<Listener>();

  /** Calls `listener`, once, with what its call is to fail with. */
  on(listener: Listener): void {
    this.#listeners.add(listener);
  }

  off(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  close(): void {
    for (const listener of [...this.#listeners]) listener(faultError("closed", "The connection is closed"));
  }
}
