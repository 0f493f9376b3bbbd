/** What an {@link IndexedList} holds: each item knows its place, in one list at a time. */
export interface Listed {
  /** {@link NOT_LISTED} at first. Only the list sets it. */
  index: number;
}

export const NOT_LISTED = -1;

/**
 * A set of objects in no order, in an array. Not a `Set`: the tables that a `Set` outgrows point to their
 * successors, so that one which the collector has taken for long-lived keeps all later ones, with the calls in them,
 * until the next full collection.
 */
export class IndexedList<T extends Listed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.index = this.#items.push(item) - 1;
  }

  /** Does nothing if it is not there. */
  delete(item: T): void {
    const { index } = item;
    if (index === NOT_LISTED) return;
    item.index = NOT_LISTED;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[index] = last;
    last.index = index;
  }

  has(item: T): boolean {
    return item.index !== NOT_LISTED;
  }

  toArray(): T[] {
    return [...this.#items];
  }
}
