// Which settings are asked for where, on facts as system.tables tells them.
import { describe, expect, test } from 'vitest';
import { complaintsAbout, complaintsAboutUser, reach, type TableFacts } from './assert-settings.ts';

const GOOD =
  'MergeTree ORDER BY x SETTINGS non_replicated_deduplication_window = 10000, ' +
  'fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192';
const DEFAULTS = [
  { name: 'non_replicated_deduplication_window', value: '0' },
  { name: 'replicated_deduplication_window', value: '10000' },
  { name: 'replicated_deduplication_window_seconds', value: '3600' },
];

function table(name: string, facts: Partial<TableFacts> = {}): TableFacts {
  return {
    name,
    engine: 'MergeTree',
    engine_full: GOOD,
    create_table_query: '',
    uuid: `u-${name}`,
    dependencies_table: [],
    ...facts,
  };
}

const view = (name: string, to: string): TableFacts =>
  table(name, {
    engine: 'MaterializedView',
    create_table_query: `CREATE MATERIALIZED VIEW d.${name}${to} (\`x\` Int8) AS SELECT x FROM d.a`,
  });

const complaints = (facts: Partial<TableFacts>) =>
  complaintsAbout(table('a', facts), DEFAULTS, 10_000, 'd');

describe('every table an insert reaches is looked at', () => {
  test('targets named by TO, targets of targets, and targets kept inside', () => {
    const tables = [
      table('a', { dependencies_table: ['b_mv', 'c_mv', 'plain_view'] }),
      view('b_mv', ' TO d.b'),
      table('b', { dependencies_table: ['e_mv'] }),
      view('c_mv', ''),
      table('.inner_id.u-c_mv'),
      view('e_mv', ' TO d.`e`'),
      table('e'),
      table('unrelated'),
      table('plain_view', { engine: 'View' }),
    ];
    const names = reach(tables, ['a']).map(({ name }) => name);
    expect(names).toEqual(['a', 'b', '.inner_id.u-c_mv', 'e']);
  });

  test('a circle ends', () => {
    const tables = [table('a', { dependencies_table: ['m'] }), view('m', ' TO d.a')];
    expect(reach(tables, ['a'])).toHaveLength(1);
  });
});

describe('a table passes only with what exactly-once rests on', () => {
  test('one with everything', () => {
    expect(complaints({})).toEqual([]);
  });

  test.each([
    ['no window', 'MergeTree ORDER BY x SETTINGS fsync_after_insert = 1, fsync_part_directory = 1'],
    ['too small a window', GOOD.replace('10000', '100')],
    ['no fsync', GOOD.replace('fsync_after_insert = 1', 'fsync_after_insert = 0')],
    ['no settings at all', 'MergeTree ORDER BY x'],
  ])('refused: %s', (_, engine_full) => {
    const found = complaints({ engine_full });
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ where: 'd.a' });
  });

  test('a replicated one needs the replicated settings, and a week', () => {
    const engine = 'ReplicatedMergeTree';
    expect(complaints({ engine, engine_full: engine })).toEqual([
      {
        where: 'd.a',
        wanted: 'replicated_deduplication_window_seconds of at least 604800',
        found: '3600',
      },
    ]);
    const engine_full = `${engine} SETTINGS replicated_deduplication_window_seconds = 604800`;
    expect(complaints({ engine, engine_full })).toEqual([]);
  });

  test('refused: a table that remembers nothing by nature', () => {
    expect(complaints({ engine: 'Null' })[0]).toMatchObject({ found: 'Null' });
  });
});

test('a user whose profile pins a setting the other way is refused', () => {
  expect(complaintsAboutUser([{ name: 'async_insert', value: '1' }])).toHaveLength(1);
  expect(complaintsAboutUser([{ name: 'async_insert', value: '0' }])).toEqual([]);
  expect(complaintsAboutUser([{ name: 'deduplicate_insert', value: 'disable' }])).toHaveLength(1);
  expect(complaintsAboutUser([{ name: 'deduplicate_insert', value: 'enable' }])).toEqual([]);
});
