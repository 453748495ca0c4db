// A fleet's month in an engine of its own, made by the engine itself: seeded, resumable, the same
// tables and materialized views as anywhere. Rows go in as they would have come, slice after slice.
// Guarantees: a load that was cut off goes on where it was, without a gap or a double row; nothing
// is started where the disk is too small; the engine is stopped again, the folder stays.
// Example: await using history = await openHistory({ dir: '.spine/bench', rows: 10_000_000 })
import { readFileSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { connectClickHouse, type ClickHouse } from '@agentspine/clickhouse/connect';
import { migrate } from '@agentspine/clickhouse/migrate';
import { defaultCacheDir } from '@agentspine/local-stack/cache';
import { clickhousePart } from '@agentspine/local-stack/clickhouse';
import { readPart, startPart, stopPart } from '@agentspine/local-stack/part';
import { choosePort } from '@agentspine/local-stack/ports';

const EVENTS_PER_RUN = 8;
const DAYS = 30;
const RUNS_PER_SLICE = 42_000;
const DAY_MS = 86_400_000;
/** Measured: what an event and its rows in the rollups take on disk, merges under way included. */
const BYTES_PER_EVENT = 450;
const SEED = 7;

export type History = {
  readonly ch: ClickHouse;
  /** The end of the last day that is loaded. */
  readonly until: Date;
  /** CPU milliseconds the engine has used so far. */
  cpuMs(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openHistory(wish: {
  readonly dir: string;
  readonly rows: number;
  readonly nowMs: number;
}): Promise<History> {
  const stateDir = resolve(wish.dir);
  await mkdir(stateDir, { recursive: true });
  await assertRoom(stateDir, wish.rows);
  const port = await choosePort({ part: 'clickhouse' });
  const part = await clickhousePart({
    stateDir,
    cacheDir: defaultCacheDir(),
    port,
    readyTimeoutMs: 120_000,
    say: (text) => console.log(text),
  });
  const { state } = await startPart(stateDir, part);
  const ch = connectClickHouse({
    url: state.url ?? '',
    database: 'agentspine',
    username: 'default',
    password: '',
    requestTimeoutMs: 600_000,
  });
  try {
    await migrate(ch, { window: 10_000 });
    const until = await load(ch, wish);
    await merged(ch);
    return {
      ch,
      until,
      cpuMs: async () => cpuMsOf((await readPart(stateDir, 'clickhouse'))?.pid ?? 0),
      [Symbol.asyncDispose]: async () => {
        await ch.close();
        await stopPart(stateDir, 'clickhouse');
      },
    };
  } catch (error) {
    await ch.close();
    await stopPart(stateDir, 'clickhouse');
    throw error;
  }
}

async function assertRoom(dir: string, rows: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const needed = rows * BYTES_PER_EVENT;
  if (bavail * bsize > needed) return;
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(0);
  throw new Error(`wanted ${gb(needed)} GB free in ${dir}, found ${gb(bavail * bsize)}; see --dir`);
}

type Slice = { readonly token: string; readonly params: Readonly<Record<string, string>> };

/** The slices of a month that ends today, oldest first. */
function slicesOf(rows: number, lastDayMs: number): readonly Slice[] {
  const ofDay = Math.ceil(rows / EVENTS_PER_RUN / DAYS);
  const slices: Slice[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    const date = new Date(lastDayMs - (DAYS - 1 - day) * DAY_MS).toISOString().slice(0, 10);
    for (let at = 0; at < ofDay; at += RUNS_PER_SLICE) {
      const token = `history:${SEED}:${rows}:${date}:${at}`;
      const params = {
        token: `'${token}'`,
        day: `'${date}'`,
        seed: String(SEED),
        of_day: String(ofDay),
        first_of_day: String(day * ofDay),
        first: String(day * ofDay + at),
        runs: String(Math.min(RUNS_PER_SLICE, ofDay - at)),
      };
      slices.push({ token, params });
    }
  }
  return slices;
}

async function load(
  ch: ClickHouse,
  { rows, nowMs }: { readonly rows: number; readonly nowMs: number },
): Promise<Date> {
  await ch.command(`CREATE TABLE IF NOT EXISTS bench_slices (token String, rows UInt64, last Date)
    ENGINE = MergeTree ORDER BY token SETTINGS non_replicated_deduplication_window = 10000`);
  const done = await ch.query<{ token: string; rows: number; last: string }>(
    'SELECT token, rows, toString(last) AS last FROM bench_slices',
  );
  const other = done.find((slice) => slice.rows !== rows);
  if (other !== undefined) throw new Error(`another load of ${other.rows} rows is in this folder`);
  // A load that is resumed on another day keeps its own month.
  const last = done[0]?.last ?? new Date(nowMs).toISOString().slice(0, 10);
  const slices = slicesOf(rows, Date.parse(last));
  const text = readFileSync(new URL('./history.sql', import.meta.url), 'utf8');
  const known = new Set(done.map(({ token }) => token));
  let told = performance.now();
  for (const [at, { token, params }] of slices.entries()) {
    if (known.has(token)) continue;
    await ch.command(text.replaceAll(/\{(\w+):\w+\}/g, (_, name: string) => params[name] ?? ''));
    await ch.insertJson({ table: 'bench_slices', rows: [{ token, rows, last }], token });
    if (performance.now() - told < 20_000) continue;
    told = performance.now();
    console.log(`loaded ${at + 1} of ${slices.length} slices`);
  }
  return new Date(Date.parse(last) + DAY_MS);
}

/** Until no merge is under way, so that what is measured is not the load. */
async function merged(ch: ClickHouse): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const [busy] = await ch.query<{ n: number }>('SELECT count() AS n FROM system.merges');
    if (busy?.n === 0) return;
    await new Promise((settle) => setTimeout(settle, 500));
  }
}

/** Fields 14 and 15 of proc(5), in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
