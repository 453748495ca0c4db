// A bounded memo: two maps of at most `limit` entries; a full young map becomes the old one. What
// is used stays.
// Guarantee: never more than 2 × limit entries; get and set cost one or two look-ups.
// Example: const memo = new TwoGenerationMap<string, string>(8192); memo.set('a', 'b');
// memo.get('a')
export class TwoGenerationMap<K, V> {
  readonly #limit: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    if (this.#old.size === 0) return undefined;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#limit === 0) return;
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
