// spine storage: what the store takes on disk, by table, column, tenant and day, and with --keep
// what a shorter retention would free.
// Guarantees: changes nothing; a tenant's bytes are its rows' share, and said to be.
// Example: spine storage --keep 30 --class events
import { RETENTION_CLASSES, type RetentionClass } from '@agentspine/clickhouse/retention';
import { freedBy, readStorage, type Freed, type Storage } from '@agentspine/clickhouse/storage';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';
import { grouped, type Terminal } from './terminal.ts';

/** Days on the screen; --json has all. */
const DAYS_SHOWN = 14;

export const storage: Command = async (shell) => {
  const { values } = flags(shell, {
    tenant: { type: 'string', default: '' },
    keep: { type: 'string' },
    class: { type: 'string', default: 'events' },
  });
  const of = RETENTION_CLASSES.find((name) => name === values.class);
  if (of === undefined) {
    throw new SpineError('SPINE_CLI_USAGE', {
      where: '--class',
      wanted: RETENTION_CLASSES.join(', '),
      found: values.class,
    });
  }
  const { tenant } = values;
  const keep = values.keep === undefined ? undefined : wholeFlag('keep', values.keep, 0);
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const found = await readStorage(ch, { tenant });
  const freed = keep === undefined ? undefined : await freedBy(ch, { of, days: keep, tenant });
  const { terminal } = shell;
  if (values.json) {
    terminal.json({ tenant, ...found, ...(freed !== undefined && { keep, class: of, freed }) });
    return EXIT.ok;
  }
  sayStorage(terminal, found, tenant);
  if (freed !== undefined && keep !== undefined) sayFreed(terminal, freed, { of, keep, tenant });
  return EXIT.ok;
};

function sayStorage(terminal: Terminal, found: Storage, tenant: string): void {
  const whose = tenant === '' ? '' : ` of ${tenant}, by its share of the rows`;
  terminal.line(terminal.style('bold', `Tables${whose}`));
  terminal.table(
    ['table', 'class', 'rows', 'on disk', 'bytes/row', 'kept'],
    found.tables.map(({ table, of, rows, bytes, kept }) => [
      table,
      of,
      rows,
      megabytes(bytes),
      rows === 0 ? null : Math.round((bytes / rows) * 10) / 10,
      keptWords(kept),
    ]),
    terminal.width,
  );
  if (found.columns.length > 0) {
    terminal.line(`\n${terminal.style('bold', 'Largest columns, compressed')}`);
    terminal.table(
      ['column', 'on disk', 'raw', 'ratio'],
      found.columns.map(({ table, column, bytes, raw_bytes }) => [
        `${table}.${column}`,
        megabytes(bytes),
        megabytes(raw_bytes),
        Math.round((raw_bytes / bytes) * 10) / 10,
      ]),
    );
  }
  terminal.line(`\n${terminal.style('bold', 'Tenants, by their share of the rows')}`);
  const sizes = found.tenants.map(({ tenant: name, rows, bytes }) => [
    name || '(none: dead letters)',
    rows,
    megabytes(bytes),
  ]);
  terminal.table(['tenant', 'events', 'on disk'], sizes);
  terminal.line(`\n${terminal.style('bold', 'Days of arrival, events alone')}`);
  const days = found.days.slice(-DAYS_SHOWN);
  terminal.table(
    ['day', 'events', 'on disk'],
    days.map(({ day, rows, bytes }) => [day, rows, megabytes(bytes)]),
  );
  const older = found.days.length - days.length;
  if (older > 0) terminal.line(`  and ${grouped(older)} days before (--json)`);
}

function sayFreed(
  terminal: Terminal,
  freed: readonly Freed[],
  { of, keep, tenant }: { of: RetentionClass; keep: number; tenant: string },
): void {
  const whose = tenant === '' ? '' : ` of ${tenant}`;
  const bytes = freed.reduce((sum, one) => sum + one.bytes, 0);
  terminal.line(
    `\n${terminal.style('bold', `Keeping ${of}${whose} for ${keep} days would free about ${megabytes(bytes)}`)}`,
  );
  terminal.table(
    ['table', 'rows', 'on disk'],
    freed.map(({ table, rows, bytes: own }) => [table, rows, megabytes(own)]),
  );
  const key =
    tenant === ''
      ? `retention.${of}_days: ${keep}`
      : `retention.tenants: ["${tenant}:${of}=${keep}"]`;
  terminal.line(`  To do it: ${key}, then \`spine migrate\`. What is deleted does not come back.`);
}

function megabytes(bytes: number): string {
  const mb = bytes / 1e6;
  return `${grouped(mb < 10 ? Math.round(mb * 100) / 100 : Math.round(mb))} MB`;
}

/** `180 days`, `180 days, some tenants otherwise`, `for ever`. */
function keptWords(ttl: string): string {
  if (ttl === '') return 'for ever';
  const days = /toIntervalDay\((?:transform\(.*, )?(\d+)\)/s.exec(ttl)?.[1];
  if (days === undefined) return ttl;
  return `${days} days${ttl.includes('transform(') ? ', some tenants otherwise' : ''}`;
}
