// Brings a database to this release's tables: numbered .sql files, forward only, each remembered
// with its checksum.
// Guarantees: an applied file that was edited, removed or slipped in between is refused
// (SPINE_CLICKHOUSE_MIGRATION) before anything is done; every statement may be repeated (checked),
// so a crash in the middle heals at the next start and two processes may start at once without a
// lock.
// Example: const applied = await migrate(ch, { window: 10_000 }) // ['0001_events', …], [] the
// second time
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { SpineError } from '@agentspine/outcome/errors';
import type { ClickHouse } from './connect.ts';
import { splitStatements } from './sql-text.ts';

export type Migration = {
  readonly version: number;
  /** File name without .sql, e.g. 0001_events. */
  readonly name: string;
  readonly sql: string;
};

export type MigrateOptions = {
  /** Inserts a table remembers for deduplication. At least 10,000 (assert-settings.ts). */
  readonly window: number;
  /** Default: the files of this release. */
  readonly migrations?: readonly Migration[];
  /** How far ahead the cut of a new rollup lies; default 60. */
  readonly cutAheadSeconds?: number;
};

/** Longer than a migration takes and than clocks of servers differ. */
const CUT_AHEAD_SECONDS = 60;

const HERE = new URL('./migrations/', import.meta.url);

/** The migrations of a folder, in order. */
export function loadMigrations(folder: URL = HERE): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted();
  return files.map((file) => {
    const version = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1];
    if (version === undefined) throw refused(file, 'a name like 0001_what.sql', file);
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { version: Number(version), name: file.slice(0, -4), sql };
  });
}

export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

/** Applies what is missing and returns its names, in order. */
export async function migrate(ch: ClickHouse, options: MigrateOptions): Promise<readonly string[]> {
  const migrations = options.migrations ?? loadMigrations();
  await ch.createDatabase();
  const values = {
    database: ch.database,
    window: String(options.window),
    cut: await cutFor(ch, options.cutAheadSeconds ?? CUT_AHEAD_SECONDS),
  };
  // All is read and checked before anything is changed.
  const plan = migrations.map((migration) => ({
    migration,
    statements: statementsOf(migration, values),
  }));
  await ch.command(MIGRATIONS_TABLE.replaceAll('{database}', ch.database));
  const applied = await appliedMigrations(ch);
  const pending = new Set(pendingOf(migrations, applied));
  const done: string[] = [];
  for (const { migration, statements } of plan) {
    if (!pending.has(migration)) continue;
    for (const statement of statements) await apply(ch, migration.name, statement);
    const { version, name } = migration;
    const checksum = checksumOf(migration);
    await ch.insertJson({
      table: 'schema_migrations',
      rows: [{ version, name, checksum }],
      token: `migration:${version}:${checksum}`,
    });
    done.push(name);
  }
  return done;
}

/**
 * From when a new rollup counts by itself: everything, where nothing is stored yet; else a moment
 * that no stored event has reached, so that its materialized view is there before the first event
 * it counts. What is older is filled in by backfill.ts.
 */
async function cutFor(ch: ClickHouse, aheadSeconds: number): Promise<string> {
  const [found] = await ch.query<{ n: number; soon: string }>(
    `SELECT toString(now('UTC') + toIntervalSecond({ahead:UInt32})) AS soon,
       (SELECT sum(total_rows) FROM system.tables WHERE database = {database:String} AND name = 'events') AS n`,
    { database: ch.database, ahead: aheadSeconds },
  );
  return found === undefined || found.n === 0 ? '1970-01-01 00:00:00' : found.soon;
}

/** An error of the server gets the file and the statement's first words as its place. */
async function apply(ch: ClickHouse, name: string, statement: string): Promise<void> {
  try {
    await ch.command(statement);
  } catch (error) {
    if (!(error instanceof SpineError) || !error.retryable) throw error;
    const { found } = error.facts;
    const place = `${name}: ${statement.slice(0, 80).replaceAll(/\s+/g, ' ')}`;
    throw new SpineError(error.code, {
      where: place,
      ...(found === undefined ? {} : { found }),
      cause: error,
    });
  }
}

const MIGRATIONS_TABLE = `
CREATE TABLE IF NOT EXISTS {database}.schema_migrations
(
    version UInt32 COMMENT 'Number of the file.',
    name String COMMENT 'Name of the file.',
    checksum String COMMENT 'SHA-256 of its text, hex.',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When.'
)
ENGINE = MergeTree ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Migrations applied to this database'`;

export type Applied = { readonly version: number; readonly checksum: string };

async function appliedMigrations(ch: ClickHouse): Promise<readonly Applied[]> {
  return ch.query<Applied>(
    'SELECT DISTINCT version, checksum FROM schema_migrations ORDER BY version, checksum',
  );
}

/** Which of them are still to be applied. Throws where history and files disagree. Pure. */
export function pendingOf(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  if (known.size !== migrations.length) throw refused('migrations', 'one file per number', 'two');
  const newest = Math.max(0, ...known.keys());
  for (const { version, checksum } of applied) {
    const migration = known.get(version);
    // A newer release has been here: its additions do not disturb us.
    if (migration === undefined && version > newest) continue;
    if (migration === undefined) {
      throw refused(`migration ${version}`, 'its file', 'no file, though it was applied');
    }
    const now = checksumOf(migration);
    if (now !== checksum) {
      throw refused(migration.name, `checksum ${checksum.slice(0, 12)}…`, `${now.slice(0, 12)}…`);
    }
  }
  const done = new Set(applied.map(({ version }) => version));
  const last = Math.max(0, ...[...done].filter((version) => known.has(version)));
  const pending = migrations.filter(({ version }) => !done.has(version));
  const late = pending.find(({ version }) => version < last);
  if (late !== undefined) {
    throw refused(late.name, `a number above ${last}, the last one applied`, `${late.version}`);
  }
  return pending.toSorted((a, b) => a.version - b.version);
}

/**
 * A migration's statements with {database}, {window} and {cut} filled in. Throws where one could
 * not be repeated. Pure.
 */
export function statementsOf(
  migration: Migration,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  return splitStatements(migration.sql).map((raw) => {
    const statement = raw.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw refused(migration.name, '{database}, {window} or {cut}', `{${name}}`);
      return value;
    });
    const refusal = whyNotRepeatable(statement);
    if (refusal !== null) throw refused(migration.name, refusal, statement.slice(0, 60));
    return statement;
  });
}

const REPEATABLE = [
  /^CREATE (?:TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY|FUNCTION) IF NOT EXISTS\b/,
  /^CREATE OR REPLACE (?:VIEW|DICTIONARY|FUNCTION)\b/,
  /^DROP (?:TABLE|VIEW|DICTIONARY|FUNCTION) IF EXISTS\b/,
  /^ALTER TABLE \S+ (?:MODIFY (?:TTL|SETTING|QUERY|COMMENT)|MATERIALIZE (?:INDEX|COLUMN|TTL))\b/,
  /^ALTER TABLE \S+ (?:(?:ADD) (?:COLUMN|INDEX|PROJECTION) IF NOT EXISTS)\b/,
  /^ALTER TABLE \S+ (?:(?:DROP|MODIFY|COMMENT|CLEAR) (?:COLUMN|INDEX|PROJECTION) IF EXISTS)\b/,
];

/**
 * DDL is not transactional: a migration that stopped half-way is run again from its first
 * statement.
 */
function whyNotRepeatable(statement: string): string | null {
  const plain = statement
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (REPEATABLE.some((form) => form.test(plain))) return null;
  return 'a statement that may be repeated (IF NOT EXISTS, IF EXISTS, OR REPLACE, MODIFY)';
}

function refused(where: string, wanted: string, found: string): SpineError {
  return new SpineError('SPINE_CLICKHOUSE_MIGRATION', { where, wanted, found });
}
