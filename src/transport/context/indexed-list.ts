/** An item of an {@link IndexedList}. It stores its own index, so it can be in one list at a time. */
export interface Listed {
  /** Initially {@link NOT_LISTED}. Only the list sets it. */
  index: number;
}

export const NOT_LISTED = -1;

/**
 * An unordered set of objects, in an array. Not a `Set`: each hash table that a `Set` outgrows points to its successor, so
 * one that the garbage collector has promoted keeps all later ones alive, with the calls in them, until the next full
 * collection.
 */
export class IndexedList<T extends Listed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.index = this.#items.push(item) - 1;
  }

  /** Does nothing if the item is not in the list. */
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
