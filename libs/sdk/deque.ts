// A first-in first-out queue over one array, constant time at both ends, holding no reference to
// what was taken out.
// Example: const queue = new Deque<number>(); queue.push(1); queue.peek(10) → [1]; queue.drop(1)

const COMPACT_AT = 1024;

export class Deque<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item `index` places behind the first; undefined beyond the end. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  /** The first `count` items, left where they are. */
  peek(count: number): T[] {
    return this.#items.slice(this.#head, this.#head + count) as T[];
  }

  /** Takes the first `count` items out. */
  drop(count: number): void {
    const taken = Math.min(count, this.length);
    this.#items.fill(undefined, this.#head, this.#head + taken);
    this.#head += taken;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
