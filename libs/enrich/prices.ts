// The price table: dated prices per million tokens, and what a call to a model cost by them.
// Guarantees: exact integer arithmetic (prices are kept in millionths of a millionth of a dollar
// per token); the longest match wins, and of its rows the newest that was in force when the call
// happened; equal inputs, equal costs.
// Example: parsePrices(value, locate).costOf(model, event.event_time) → 6750000 (billionths of a
// dollar), or null
import { createHash } from 'node:crypto';
import type { ModelCall } from '@agentspine/event/agent-event';
import { FileReader } from './file-reader.ts';
import type { Fields, Locate, Path } from './file-reader.ts';

/** Prices in millionths of a millionth of a dollar (pico-dollars) per token. */
export type PriceRow = {
  /** Model id in lower case; `prefix` is true when the file has it with a trailing *. */
  readonly match: string;
  readonly prefix: boolean;
  /** Names of the seller as producers write them; empty for any seller. */
  readonly providers: readonly string[];
  readonly fromUs: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly source: string;
};

export type PriceTable = {
  /** Changes when any row does; goes into every governed row. */
  readonly version: string;
  readonly rows: readonly PriceRow[];
  /**
   * Cost in billionths of a dollar, rounded to the nearest; Infinity when a double cannot hold it
   * exactly. Null when the table has no price for the model at that time, or the call has no token
   * counts.
   * @param atUs when the call happened, in microseconds since 1970
   */
  readonly costOf: (model: ModelCall, atUs: number) => number | null;
};

const ROW_KEYS = [
  'match',
  'provider',
  'from',
  'input',
  'output',
  'cache_read',
  'cache_write',
  'source',
] as const;

/** How many model names keep their rows at hand; beyond, the memory starts afresh. */
const NAMES_MAX = 1024;

/** @throws SpineError SPINE_PRICES_FILE with file:line, what was wanted and what was found */
export function parsePrices(value: unknown, locate: Locate): PriceTable {
  const read = new FileReader('SPINE_PRICES_FILE', locate);
  const file = read.fields(value, [], ['prices']);
  const rows = read.list(file['prices'], ['prices'], 'rows').map((row, index) => {
    return readRow(read, row, ['prices', index]);
  });
  refuseTwins(read, rows);
  const sorted = rows.toSorted(byRank);
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  return { version: hash.slice(0, 16), rows: sorted, costOf: costsFrom(sorted) };
}

function readRow(read: FileReader, value: unknown, path: Path): PriceRow {
  const row = read.fields(value, path, ROW_KEYS);
  const wantedMatch = 'a model id, with * at its end or nowhere';
  const match = read.text(row, path, 'match', /^[^\s*]+\*?$/, wantedMatch).toLowerCase();
  const prefix = match.endsWith('*');
  const input = price(read, row, path, 'input');
  return {
    match: prefix ? match.slice(0, -1) : match,
    prefix,
    providers: providersOf(read, row, path),
    fromUs: startOfDay(read, row, path),
    input,
    output: price(read, row, path, 'output'),
    cacheRead: row['cache_read'] === undefined ? input : price(read, row, path, 'cache_read'),
    cacheWrite: row['cache_write'] === undefined ? input : price(read, row, path, 'cache_write'),
    source: read.text(
      row,
      path,
      'source',
      /\S/,
      'where the price is published, and when it was read',
    ),
  };
}

function providersOf(read: FileReader, row: Fields, path: Path): readonly string[] {
  const named = row['provider'];
  if (Array.isArray(named)) return read.texts(row, path, 'provider');
  return named === undefined ? [] : [read.text(row, path, 'provider')];
}

function startOfDay(read: FileReader, row: Fields, path: Path): number {
  const wanted = 'a day as YYYY-MM-DD';
  const day = read.text(row, path, 'from', /^\d{4}-\d{2}-\d{2}$/, wanted);
  const ms = Date.parse(`${day}T00:00:00Z`);
  const written = Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 10);
  if (written !== day) throw read.refuse([...path, 'from'], wanted, day);
  return ms * 1000;
}

/** Dollars per million tokens with up to six decimals are whole pico-dollars per token. */
function price(read: FileReader, row: Fields, path: Path, key: string): number {
  const value = row[key];
  const parts =
    typeof value === 'number' ? /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(String(value)) : null;
  if (parts === null) {
    throw read.refuse([...path, key], 'dollars per million tokens, up to six decimals', value);
  }
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(6, '0')}`);
}

function refuseTwins(read: FileReader, rows: readonly PriceRow[]): void {
  const seen = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const key = JSON.stringify([row.match, row.prefix, row.providers, row.fromUs]);
    const first = seen.get(key);
    if (first !== undefined) {
      const wanted = `one row per match, provider and day (row ${first + 1} has the same)`;
      throw read.refuse(['prices', index, 'match'], wanted, row.match);
    }
    seen.set(key, index);
  }
}

/** Exact before prefix, longer before shorter, named seller before any, newer before older. */
function byRank(a: PriceRow, b: PriceRow): number {
  return (
    Number(a.prefix) - Number(b.prefix) ||
    b.match.length - a.match.length ||
    Number(b.providers.length > 0) - Number(a.providers.length > 0) ||
    b.fromUs - a.fromUs ||
    `${a.match} ${a.providers.join()}`.localeCompare(`${b.match} ${b.providers.join()}`, 'en')
  );
}

function costsFrom(rows: readonly PriceRow[]): PriceTable['costOf'] {
  const byName = new Map<string, Named>();
  const namedOf = (name: string): Named => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    if (byName.size >= NAMES_MAX) byName.clear();
    const named = rowsNamed(rows, name);
    byName.set(name, named);
    return named;
  };
  const rowOf = (name: string | null, provider: string | null, atUs: number): PriceRow | null => {
    if (name === null || name === '') return null;
    const named = namedOf(name);
    const seller = provider ?? named.seller;
    for (const row of named.rows) {
      if (row.fromUs <= atUs && sells(row, seller)) return row;
    }
    return null;
  };
  return (model, atUs) => {
    if (model.input_tokens === null && model.output_tokens === null) return null;
    const { provider } = model;
    const row =
      rowOf(model.response_model, provider, atUs) ?? rowOf(model.request_model, provider, atUs);
    return row === null ? null : nanoDollars(row, model);
  };
}

type Named = { readonly rows: readonly PriceRow[]; readonly seller: string | null };

/** Gateways write seller/model: the last part names the model, the first the seller. */
function rowsNamed(rows: readonly PriceRow[], name: string): Named {
  const full = name.toLowerCase();
  const slash = full.indexOf('/');
  const last = full.slice(full.lastIndexOf('/') + 1);
  const fits = (row: PriceRow): boolean => {
    const names = [full, last];
    return names.some((one) => (row.prefix ? one.startsWith(row.match) : one === row.match));
  };
  return { rows: rows.filter(fits), seller: slash > 0 ? full.slice(0, slash) : null };
}

/** Also `openai.chat` is sold by openai: SDKs add the kind of API behind a dot. */
function sells(row: PriceRow, seller: string | null): boolean {
  if (seller === null || row.providers.length === 0) return true;
  return row.providers.some((one) => seller === one || seller.startsWith(`${one}.`));
}

/**
 * Tokens of the input that came from or went to the cache have prices of their own and are not
 * counted twice.
 */
function nanoDollars(row: PriceRow, model: ModelCall): number {
  const cacheRead = model.cache_read_tokens ?? 0;
  const cacheWrite = model.cache_write_tokens ?? 0;
  const fresh = Math.max(0, (model.input_tokens ?? 0) - cacheRead - cacheWrite);
  const output = model.output_tokens ?? 0;
  const pico =
    fresh * row.input +
    cacheRead * row.cacheRead +
    cacheWrite * row.cacheWrite +
    output * row.output;
  // Below 2^53 every product and sum above was exact; beyond, the same in bigints.
  if (pico <= Number.MAX_SAFE_INTEGER) return Math.floor((pico + 500) / 1000);
  const exact =
    BigInt(fresh) * BigInt(row.input) +
    BigInt(cacheRead) * BigInt(row.cacheRead) +
    BigInt(cacheWrite) * BigInt(row.cacheWrite) +
    BigInt(output) * BigInt(row.output);
  const nano = Number((exact + 500n) / 1000n);
  return Number.isSafeInteger(nano) ? nano : Number.POSITIVE_INFINITY;
}
