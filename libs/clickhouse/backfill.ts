// Fills a new rollup with what was stored before it was there: hour by hour of arrival, each under
// a token, while events go on arriving.
// Guarantees: no gap and no double count. A rollup's materialized view counts events that Kafka
// took at its cut or later, and only those; the cut lay ahead when the view was made, so it was
// there in time. What is older is counted here, and only here. It may be stopped and begun again;
// what was filled in is known by its note and its token.
// Example: await backfill(ch, { rollup: 'tool_1h', isStored: async () => true })
import { SpineError } from '@agentspine/outcome/errors';
import type { ClickHouse } from './connect.ts';

export type Rollup = {
  readonly rollup: string;
  /** Its view counts events from here on, in UTC; empty where it has counted since the first. */
  readonly cut: string;
  /** The view's SELECT. */
  readonly select: string;
};

export type BackfillWish = {
  readonly rollup: string;
  /** Everything that Kafka took before the cut is stored. */
  isStored(): Promise<boolean>;
  onHour?(done: number, of: number): void;
  readonly signal?: AbortSignal;
};

export type Backfilled = {
  /** What has to happen first, in words; empty where it is done. */
  readonly wait: string;
  /** Hours of arrival before the cut, and how many of them an earlier time had filled in. */
  readonly hours: number;
  readonly alreadyThere: number;
};

/**
 * ingested_at >= toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), with or without the table's alias.
 */
const CUT = /\b((?:\w+\.)?ingested_at) >= toDateTime64\('([\d: -]{19})', 6, 'UTC'\)/g;

/** Every table that a materialized view fills out of events. */
export async function listRollups(ch: ClickHouse): Promise<readonly Rollup[]> {
  const views = await ch.query<{ name: string; text: string; select: string }>(
    `SELECT name, create_table_query AS text, as_select AS select FROM system.tables
     WHERE database = {database:String} AND engine = 'MaterializedView' ORDER BY name`,
    { database: ch.database },
  );
  return views.flatMap(({ text, select }) => {
    const rollup = / TO (?:\w+\.)?`?(\w+)`?/.exec(text)?.[1];
    if (rollup === undefined || !/\bFROM (?:\w+\.)?events\b/.test(select)) return [];
    return [{ rollup, cut: cutOf(select), select }];
  });
}

export async function backfill(ch: ClickHouse, wish: BackfillWish): Promise<Backfilled> {
  const found = (await listRollups(ch)).find(({ rollup }) => rollup === wish.rollup);
  if (found === undefined) throw notFound(await listRollups(ch), wish.rollup);
  if (found.cut === '') return { wait: '', hours: 0, alreadyThere: 0 };
  const wait = await whatToWaitFor(ch, found.cut, wish);
  if (wait !== '') return { wait, hours: 0, alreadyThere: 0 };
  await ch.command(NOTES.replaceAll('{database}', ch.database));
  const hours = await hoursBefore(ch, found.cut);
  const known = new Set(await hoursDone(ch, found));
  let done = 0;
  for (const hour of hours) {
    wish.signal?.throwIfAborted();
    if (!known.has(hour)) await fill(ch, found, hour);
    done += 1;
    wish.onHour?.(done, hours.length);
  }
  return { wait: '', hours: hours.length, alreadyThere: known.size };
}

/** The view's SELECT over one hour of arrival before the cut. Pure. */
export function selectOfHour(
  { select, cut }: Pick<Rollup, 'select' | 'cut'>,
  hour: string,
): string {
  const time = (at: string): string => `toDateTime64('${at}', 6, 'UTC')`;
  return select.replaceAll(
    CUT,
    (_, column: string) =>
      `(${column} >= ${time(hour)} AND ${column} < ${time(hour)} + INTERVAL 1 HOUR AND ${column} < ${time(cut)})`,
  );
}

/**
 * Empty without one, and where it is the beginning of time: then the view has counted everything.
 */
export function cutOf(select: string): string {
  const cut = [...select.matchAll(CUT)][0]?.[2] ?? '';
  return cut.startsWith('1970-') ? '' : cut;
}

/** One insert, one block: all of the hour or nothing, and once under its token. */
async function fill(ch: ClickHouse, rollup: Rollup, hour: string): Promise<void> {
  const token = `backfill:${rollup.rollup}:${rollup.cut}:${hour}`.replaceAll(' ', 'T');
  await ch.command(
    `INSERT INTO ${ch.database}.${rollup.rollup} SETTINGS insert_deduplication_token = '${token}', async_insert = 0,
       insert_deduplicate = 1, deduplicate_blocks_in_dependent_materialized_views = 1, max_insert_threads = 1,
       max_block_size = 1048449, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,
       max_insert_block_size = 1000000000, max_partitions_per_insert_block = 1000
     ${selectOfHour(rollup, hour)}`,
  );
  const { rollup: name, cut } = rollup;
  await ch.insertJson({ table: 'rollup_backfills', rows: [{ rollup: name, cut, hour }], token });
}

const NOTES = `
CREATE TABLE IF NOT EXISTS {database}.rollup_backfills
(
    rollup String COMMENT 'The table that was filled.',
    cut DateTime('UTC') COMMENT 'Its view counts from here on.',
    hour DateTime('UTC') COMMENT 'The hour of arrival that was filled in.',
    at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When.'
)
ENGINE = MergeTree ORDER BY (rollup, cut, hour)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What spine rollups backfill has filled in'`;

async function whatToWaitFor(ch: ClickHouse, cut: string, wish: BackfillWish): Promise<string> {
  const [at] = await ch.query<{ seconds: number }>(
    `SELECT greatest(dateDiff('second', now('UTC'), toDateTime({cut:String}, 'UTC')), 0) AS seconds`,
    { cut },
  );
  if (at !== undefined && at.seconds > 0) return `its cut, ${cut} UTC, comes in ${at.seconds} s`;
  if (await wish.isStored()) return '';
  return `not everything that Kafka took before ${cut} UTC is stored yet`;
}

async function hoursBefore(ch: ClickHouse, cut: string): Promise<readonly string[]> {
  const rows = await ch.query<{ hour: string }>(
    `SELECT toString(toStartOfHour(ingested_at)) AS hour FROM events
     WHERE ingested_at < toDateTime64({cut:String}, 6, 'UTC') GROUP BY hour ORDER BY hour`,
    { cut },
  );
  return rows.map(({ hour }) => hour);
}

async function hoursDone(ch: ClickHouse, { rollup, cut }: Rollup): Promise<readonly string[]> {
  const rows = await ch.query<{ hour: string }>(
    `SELECT DISTINCT toString(hour) AS hour FROM rollup_backfills
     WHERE rollup = {rollup:String} AND cut = toDateTime({cut:String}, 'UTC')`,
    { rollup, cut },
  );
  return rows.map(({ hour }) => hour);
}

function notFound(rollups: readonly Rollup[], found: string): SpineError {
  const wanted = rollups.map(({ rollup }) => rollup).join(', ');
  return new SpineError('SPINE_NOT_FOUND', { where: 'rollups', wanted, found });
}
