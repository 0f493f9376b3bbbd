/** How to group items. */
export interface BatchOptions {
  readonly size: number;
  /** How long to wait for another item once there is one, in milliseconds. */
  readonly gatherMs: number;
  /** The time without an item after which there is an empty batch, in milliseconds. */
  readonly idleMs: number;
}

/**
 * Groups items that arrive at about the same time. An empty batch means that nothing has arrived. Ending the iteration
 * does not wait for the source.
 */
export async function* batches<T>(
  source: AsyncIterable<T>,
  { size, gatherMs, idleMs }: BatchOptions,
): AsyncGenerator<T[], undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const take = (): Promise<IteratorResult<T>> => {
    const taken = iterator.next();
    // It may fail while a batch is processed; that is reported when the next batch is requested.
    taken.catch(() => {});
    return taken;
  };
  try {
    let next = take();
    let batch: T[] = [];
    for (;;) {
      const taken = await within(next, batch.length === 0 ? idleMs : gatherMs);
      if (taken?.done === true) {
        if (batch.length > 0) yield batch;
        return undefined;
      }
      if (taken !== undefined) {
        batch.push(taken.value);
        next = take();
        if (batch.length < size) continue;
      }
      yield batch;
      batch = [];
    }
  } finally {
    iterator.return?.().catch(() => {});
  }
}

/** The result of a promise; `undefined` if that takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
