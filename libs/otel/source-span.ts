// One OpenTelemetry span as the readers hand it on, whatever file it came from: ids in hex, times
// in exact nanoseconds, attributes by their original keys. Whatever the reader found and no field
// here takes is in `rest`. `Unclaimed` hands attributes out once: what nobody took ends up in the
// event's attributes.
// Example: new Unclaimed(new Map([['a', 1], ['b', 2]])).take('a') → 1; then .left() → [['b', 2]]

export type SourceLink = {
  readonly traceId: string;
  readonly spanId: string | null;
  /** The link as the file has it, when it says more than the two ids. */
  readonly more: unknown;
};

export type SourceSpan = {
  /** JSONPath of the span in its file. */
  readonly path: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly parentRemote: boolean | null;
  readonly startNs: bigint;
  /** Null for a span that never ended. */
  readonly endNs: bigint | null;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string | null;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly resource: ReadonlyMap<string, unknown>;
  readonly events: readonly SourceSpanEvent[];
  readonly links: readonly SourceLink[];
  readonly rest: readonly (readonly [string, unknown])[];
};

export type SourceSpanEvent = {
  readonly name: string | null;
  readonly attributes: ReadonlyMap<string, unknown>;
  /** The event as the file has it. */
  readonly raw: unknown;
};

export class Unclaimed {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #taken = new Set<string>();

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  has(key: string): boolean {
    return this.#values.has(key) && this.#values.get(key) !== null;
  }

  /** Looks without taking; null where absent. */
  peek(key: string): unknown {
    return this.#values.get(key) ?? null;
  }

  take(key: string): unknown {
    this.#taken.add(key);
    return this.peek(key);
  }

  /** Takes the first of the keys that holds text; the others stay. */
  takeText(...keys: readonly string[]): string | null {
    return this.#takeFirst(keys, (value) => typeof value === 'string' && value !== '') as
      | string
      | null;
  }

  /** Takes the first of the keys that holds a finite number; the others stay. */
  takeNumber(...keys: readonly string[]): number | null {
    return this.#takeFirst(keys, (value) => Number.isFinite(value)) as number | null;
  }

  /**
   * Takes the first of the keys that holds an integer a double carries exactly, not negative; the
   * others stay.
   */
  takeCount(...keys: readonly string[]): number | null {
    const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
    return this.#takeFirst(keys, isCount) as number | null;
  }

  takeBoolean(...keys: readonly string[]): boolean | null {
    return this.#takeFirst(keys, (value) => typeof value === 'boolean') as boolean | null;
  }

  /** Takes the first of the keys that holds anything; the others stay. */
  takeAny(...keys: readonly string[]): unknown {
    return this.#takeFirst(keys, (value) => value !== null && value !== undefined && value !== '');
  }

  left(): [string, unknown][] {
    return [...this.#values].filter(([key]) => !this.#taken.has(key));
  }

  #takeFirst(keys: readonly string[], fits: (value: unknown) => boolean): unknown {
    const key = keys.find((candidate) => fits(this.#values.get(candidate)));
    return key === undefined ? null : this.take(key);
  }
}
