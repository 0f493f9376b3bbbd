/** A priority queue: the item with the smallest key comes first. */
export class MinHeap<T> {
  readonly #items: T[] = [];
  readonly #key: (item: T) => number;

  constructor(key: (item: T) => number) {
    this.#key = key;
  }

  push(item: T): void {
    let index = this.#items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#keyAt(parent) <= this.#keyAt(index)) break;
      this.#swap(parent, index);
      index = parent;
    }
  }

  /** The first item that is still wanted. Drops those before it. */
  firstWhere(isWanted: (item: T) => boolean): T | undefined {
    for (let first = this.#items[0]; first !== undefined; first = this.#items[0]) {
      if (isWanted(first)) return first;
      this.#dropFirst();
    }
    return undefined;
  }

  #dropFirst(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#keyAt(left + 1) < this.#keyAt(left) ? left + 1 : left;
      if (this.#keyAt(child) >= this.#keyAt(index)) return;
      this.#swap(child, index);
      index = child;
    }
  }

  #keyAt(index: number): number {
    const item = this.#items[index];
    return item === undefined ? Number.POSITIVE_INFINITY : this.#key(item);
  }

  #swap(a: number, b: number): void {
    const one = this.#items[a];
    const other = this.#items[b];
    if (one === undefined || other === undefined) return;
    this.#items[a] = other;
    this.#items[b] = one;
  }
}
