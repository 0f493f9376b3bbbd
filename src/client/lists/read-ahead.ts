/** Yields what `source` yields, and has the next of it made while the caller works on this one. */
export async function* readAhead<T>(source: AsyncGenerator<T, undefined>): AsyncGenerator<T, undefined> {
  let next = source.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = source.next();
    // It is looked at only if the caller gets that far.
    next.catch(() => {});
    yield value;
  }
}
