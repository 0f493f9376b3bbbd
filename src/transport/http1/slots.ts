import type { UnaryResponse } from "@connectrpc/connect";
import type { Lifetime } from "../call/lifetime.ts";
import type { Call, CallFn } from "../call.ts";

/** Lets so many calls go on at a time. The others wait, in the order in which they came. */
export function withSlots(next: CallFn, slots: Slots): CallFn {
  return async (call: Call): Promise<UnaryResponse> => {
    await slots.acquire(call.lifetime);
    try {
      return await next(call);
    } finally {
      slots.release();
    }
  };
}

export class Slots {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when there is a slot, to be released. Rejects when `lifetime` ends before. */
  acquire(lifetime: Lifetime): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        lifetime.offEnd(listener);
        this.#line.delete(enter);
        resolve();
      };
      const listener = {
        onLifetimeEnd: () => {
          this.#line.delete(enter);
          reject(lifetime.ended);
        },
      };
      if (this.#free > 0) {
        this.#free -= 1;
        resolve();
      } else {
        lifetime.onEnd(listener);
        this.#line.add(enter);
      }
    });
  }

  release(): void {
    const [first] = this.#line;
    if (first === undefined) this.#free += 1;
    else first();
  }
}
