// The sink's store in memory, for unit and simulation tests: the behaviour of ClickHouse that
// exactly-once rests on, and its faults. A token is remembered per table for a bounded number of
// inserts, it is trusted over the data, and an insert may be applied and still fail.
// Guarantees: deterministic; decoding is a parameter, so no Avro here; see port.ts for what every
// store promises.
// Example: const store = memoryClickHouse({ decode, window: 10_000 }); store.rows('events')
import { SpineError } from '@agentspine/outcome/errors';
import { assertOneBlock } from './clickhouse-store.ts';
import { ClickHouseRefusal } from './refusal.ts';
import type { Store, StoreBatch } from './port.ts';

export type MemoryRow = Readonly<Record<string, unknown>>;

/**
 * What happens to the next insert: ok; refuse: fails, nothing stored; appliedThenTimeout: stored,
 * and fails as if the answer had been lost; timeout: fails and nothing is stored; later: fails now,
 * and is stored at release() (an insert that a zombie left on its way).
 */
export type Fault =
  | { readonly is: 'ok' }
  | { readonly is: 'refuse'; readonly error: Error }
  | { readonly is: 'timeout' }
  | { readonly is: 'appliedThenTimeout' }
  | { readonly is: 'later' };

export type MemoryOptions = {
  /**
   * The records of a container. Throws for one that cannot be read; the store then refuses the
   * batch.
   */
  readonly decode: (container: Buffer, batch: StoreBatch) => readonly MemoryRow[];
  /** Inserts remembered per table; an older token is stored again. Default 10,000. */
  readonly window?: number;
  /** Asked before every insert and ping. Default: no faults. */
  readonly fault?: (batch: StoreBatch | null) => Fault;
  /** Awaited inside every insert, before it is applied: where a simulation may stop the caller. */
  readonly pause?: (batch: StoreBatch) => Promise<void>;
};

export interface MemoryClickHouse extends Store {
  rows(table: string): readonly MemoryRow[];
  /** Inserts asked for, repeats and failures included. */
  readonly inserts: number;
  /** Repeats that a token kept out. */
  readonly repeats: number;
  /** Applies what a 'later' fault has held back, in order. */
  release(): void;
}

type Table = { readonly rows: MemoryRow[]; readonly tokens: Set<string> };

export function memoryClickHouse(options: MemoryOptions): MemoryClickHouse {
  const { decode, window = 10_000 } = options;
  const fault = options.fault ?? (() => ({ is: 'ok' }) as const);
  const tables = new Map<string, Table>();
  const held: StoreBatch[] = [];
  const counts = { inserts: 0, repeats: 0 };
  const tableOf = (name: string): Table => {
    const table = tables.get(name) ?? { rows: [], tokens: new Set() };
    tables.set(name, table);
    return table;
  };
  const apply = (batch: StoreBatch): void => {
    const table = tableOf(batch.table);
    // ClickHouse reads the body before it looks at the token: broken bytes are refused on a repeat
    // too.
    const records = decoded(decode, batch);
    if (table.tokens.has(batch.token)) {
      counts.repeats += 1;
      return;
    }
    remember(table.tokens, batch.token, window);
    for (const record of records) table.rows.push(only(record, batch.columns));
  };
  return {
    insert: async (batch) => {
      counts.inserts += 1;
      assertOneBlock(batch);
      const next = fault(batch);
      await options.pause?.(batch);
      if (next.is === 'refuse') throw next.error;
      if (next.is === 'ok' || next.is === 'appliedThenTimeout') apply(batch);
      if (next.is === 'later') held.push(batch);
      if (next.is !== 'ok') throw noAnswer();
    },
    ping: async () => {
      const next = fault(null);
      if (next.is === 'refuse') throw next.error;
      if (next.is !== 'ok') throw noAnswer();
    },
    rows: (name) => tableOf(name).rows,
    release: () => {
      for (const batch of held.splice(0)) apply(batch);
    },
    get inserts() {
      return counts.inserts;
    },
    get repeats() {
      return counts.repeats;
    },
  };
}

function decoded(decode: MemoryOptions['decode'], batch: StoreBatch): readonly MemoryRow[] {
  try {
    return decode(Buffer.concat(batch.container), batch);
  } catch {
    const message = 'the container cannot be read';
    throw new ClickHouseRefusal({ code: 117, name: 'INCORRECT_DATA', message }, 'memory');
  }
}

/** A set in order of arrival, the oldest forgotten first. */
function remember(tokens: Set<string>, token: string, window: number): void {
  tokens.add(token);
  for (const oldest of tokens) {
    if (tokens.size <= window) return;
    tokens.delete(oldest);
  }
}

function only(record: MemoryRow, columns: readonly string[]): MemoryRow {
  return Object.fromEntries(columns.map((column) => [column, record[column]]));
}

function noAnswer(): SpineError {
  return new SpineError('SPINE_CLICKHOUSE_UNREACHABLE', { where: 'memory', found: 'no answer' });
}
