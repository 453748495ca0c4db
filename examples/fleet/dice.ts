// Seeded chance: everything in the fleet that looks random comes from here, so that a seed names a
// fleet. A fork has a stream of its own: what one run draws does not move what the next one gets.
// Example: const dice = new Dice(7); dice.pick(['a', 'b']); dice.fork(3).int(1, 6)
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export class Dice {
  readonly #seed: number;
  readonly #rng: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#seed = seed;
    this.#rng = xoroshiro128plus(seed);
  }

  /** A stream of its own, the same for the same seed and number. */
  fork(number: number): Dice {
    return new Dice(Math.imul(this.#seed ^ (number + 1), 0x9e3779b1) ^ (number * 0x85eb));
  }

  /** From 0 up to 1. */
  float(): number {
    return uniformFloat64(this.#rng);
  }

  /** Both ends included. */
  int(from: number, to: number): number {
    return uniformInt(this.#rng, from, to);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(options: readonly T[]): T {
    const option = options[this.int(0, options.length - 1)];
    if (option === undefined) throw new RangeError('nothing to pick from');
    return option;
  }

  /** Log-normal, as latencies are: half lie below the median, few lie far above. */
  latencyMs(medianMs: number): number {
    return medianMs * Math.exp(0.45 * this.normal());
  }

  /** Of mean 0 and standard deviation 1 (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.float())) * Math.cos(2 * Math.PI * this.float());
  }

  text(length: number, alphabet: string = ALPHANUMERIC): string {
    let text = '';
    for (let n = 0; n < length; n += 1) text += alphabet[this.int(0, alphabet.length - 1)];
    return text;
  }

  digits(length: number): string {
    return this.text(length, '0123456789');
  }

  /** For the SDK's ids. */
  fill(into: Uint8Array): void {
    for (let at = 0; at < into.length; at += 4) {
      const word = uniformInt(this.#rng, 0, 0xffffffff);
      for (let byte = 0; byte < 4 && at + byte < into.length; byte += 1) {
        into[at + byte] = word >>> (8 * byte);
      }
    }
  }
}
