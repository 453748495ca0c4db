// Chance from a seed: the same seed and name give the same numbers for ever, and a fork's numbers
// do not depend on how often its siblings were asked, so that leaving one fault out of a history
// does not change when the others strike.
// Source of the generator: Mulberry32, of the hash: FNV-1a.
// Example: const chance = new Random(7, 'faults'); chance.int(1, 6)

export class Random {
  readonly #seed: number;
  readonly #name: string;
  #state: number;

  constructor(seed: number, name: string) {
    this.#seed = seed;
    this.#name = name;
    this.#state = hashOf(`${seed}/${name}`);
  }

  fork(name: string): Random {
    return new Random(this.#seed, `${this.#name}/${name}`);
  }

  /** 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}
