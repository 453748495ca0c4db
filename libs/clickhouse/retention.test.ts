// What differs between the TTLs in force and the retention asked for, without a server.
import { describe, expect, test } from 'vitest';
import { changesOf, columnTtl, rowTtl, type Retention } from './retention.ts';

const days = { bodies: 30, events: 180, rollups: 400, findings: 400 };
const retention: Retention = { days, tenants: [] };
const CREATE =
  "CREATE TABLE d.events (`input` String COMMENT 'x' CODEC(ZSTD(3)) TTL toDateTime(ingested_at) + toIntervalDay(30), " +
  "`name` String COMMENT 'y', INDEX ix name TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY (tenant_id, " +
  'event_time) TTL toDateTime(ingested_at) + toIntervalDay(180) SETTINGS index_granularity = 8192';

describe('the TTLs of a table', () => {
  test('are read as the server writes them', () => {
    expect(rowTtl(CREATE)).toBe('toDateTime(ingested_at) + toIntervalDay(180)');
    expect(columnTtl(CREATE, 'input')).toBe('toDateTime(ingested_at) + toIntervalDay(30)');
    expect(columnTtl(CREATE, 'name')).toBe('');
    expect(columnTtl(CREATE, 'other')).toBeUndefined();
    expect(rowTtl('CREATE TABLE d.x (`a` Int8) ENGINE = MergeTree ORDER BY a')).toBe('');
  });
});

describe('a change of retention', () => {
  const found = [
    { table: 'events', column: '', ttl: rowTtl(CREATE) },
    { table: 'events', column: 'input', ttl: columnTtl(CREATE, 'input') ?? '' },
    { table: 'somebody_elses', column: '', ttl: '' },
  ];

  test('is none where it is in force already, and leaves other tables alone', () => {
    expect(changesOf(found, retention)).toEqual([]);
  });

  test('names the table or the column, and both times', () => {
    expect(changesOf(found, { days: { ...days, events: 90 }, tenants: [] })).toEqual([
      {
        table: 'events',
        column: '',
        from: 'toDateTime(ingested_at) + toIntervalDay(180)',
        to: 'toDateTime(ingested_at) + toIntervalDay(90)',
      },
    ]);
  });

  test('of one tenant keeps the time of the others', () => {
    const tenants = [{ tenant: 'acme', of: 'bodies', days: 7 }] as const;
    expect(changesOf(found, { days, tenants }).map(({ column, to }) => [column, to])).toEqual([
      ['input', "toDateTime(ingested_at) + toIntervalDay(transform(tenant_id, ['acme'], [7], 30))"],
    ]);
  });
});
