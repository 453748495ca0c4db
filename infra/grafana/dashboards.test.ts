// The dashboards as Grafana reads them: in step with their descriptions, whole, and asking only
// what there is. Every panel's SQL is run on the engine in test/journeys/dashboards.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertReadOnly } from '@agentspine/clickhouse/sql-text';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CLICKHOUSE, PROMETHEUS, uidOf } from './build-dashboard.ts';
import { dashboardFiles, DASHBOARDS, jsonOf, panelQueries, readAll } from './dashboard-files.ts';
import { expandMacros } from './expand-macros.ts';
import { readPanels, VARIABLES } from './read-panels.ts';

type Place = { x: number; y: number; w: number; h: number };
type Shown = {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: Place;
  datasource?: { type: string; uid: string };
  targets?: { refId: string; rawSql?: string; expr?: string; datasource: { uid: string } }[];
  fieldConfig?: { defaults: { unit?: string } };
};
type Json = {
  uid: string;
  title: string;
  description: string;
  schemaVersion: number;
  time: { from: string; to: string };
  templating?: { list: { name: string; type: string; query: string; current: object }[] };
  panels: Shown[];
};

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
const files = dashboardFiles();
const dashboards = files.map((file) => JSON.parse(read(join('dashboards', file))) as Json);
const named = dashboards.map((json) => [json.uid, json] as const);
const NAMES =
  'agent cost decisions delivery-audit drift latency overview pipeline violations'.split(' ');

describe('the files', () => {
  test('are the nine dashboards, in step with their descriptions', () => {
    expect(files).toEqual(NAMES.map((name) => `${name}.json`));
    for (const source of readAll()) {
      const found = readFileSync(join(DASHBOARDS, `${source.name}.json`), 'utf8');
      const hint = 'run: node infra/grafana/render.ts';
      expect({ name: source.name, hint, inStep: found === jsonOf(source) }).toMatchObject({
        inStep: true,
      });
    }
  });

  test('have uids and titles of their own', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual(NAMES.map(uidOf));
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length);
  });
});

describe.each(named)('%s', (_, json) => {
  const panels = json.panels.filter(({ type }) => type !== 'row');

  test('says what Grafana needs to load it', () => {
    expect(json.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(json.time).toEqual({
      from: expect.stringMatching(/^now-\d+[hd]$/u) as string,
      to: 'now',
    });
    expect(json.description.length).toBeGreaterThan(20);
    const ids = json.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => Number.isInteger(id) && id > 0)).toBe(true);
  });

  test('lays its panels side by side, none over another', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of json.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x}/${y}`), `${title} at ${x}/${y}`).toBeUndefined();
          taken.set(`${x}/${y}`, title);
        }
      }
    }
  });

  test('says of every panel what it answers, in which unit, and asks one datasource', () => {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { title, description, fieldConfig, targets = [], datasource } of panels) {
      expect(description, title).toMatch(/[?.]/u);
      expect(fieldConfig?.defaults.unit, title).toMatch(/^[a-zA-Z]+$/u);
      const refs = targets.map(({ refId }) => refId);
      expect(new Set(refs).size, title).toBe(refs.length);
      expect(refs.length, title).toBeGreaterThan(0);
      expect([CLICKHOUSE, PROMETHEUS], title).toContainEqual(datasource);
      for (const target of targets) {
        expect(target.datasource.uid, title).toBe(datasource?.uid);
        const asked = datasource?.uid === CLICKHOUSE.uid ? target.rawSql : target.expr;
        expect(asked, title).toBeTruthy();
      }
    }
  });

  test('uses only variables it has, and offers "All" first', () => {
    const list = json.templating?.list ?? [];
    const has = list.map(({ name }) => name);
    for (const { targets = [] } of panels) {
      for (const { rawSql = '' } of targets) {
        const used = VARIABLES.filter((name) => rawSql.includes(`\${${name}`));
        expect(has).toEqual(expect.arrayContaining(used));
      }
    }
    for (const { type, current, query } of list) {
      expect(type).toBe('query');
      expect(current).toMatchObject({ value: '$__all' });
      expect(query).toContain('$__timeFilter(');
    }
  });

  test('leads only to dashboards that exist', () => {
    const uids = [...JSON.stringify(json).matchAll(/\/d\/([a-z-]+)/gu)].map(([, uid]) => uid);
    for (const uid of uids) expect(NAMES.map(uidOf)).toContain(uid);
  });
});

describe('the SQL of the panels', () => {
  const range = { from: new Date(0), to: new Date(86_400_000), intervalSeconds: 300 };
  test.each(panelQueries())('$dashboard: $title reads, bounded in time', ({ sql, show }) => {
    expect(sql).not.toMatch(/SELECT\s+\*/iu);
    const isBounded = /\$__timeFilter\(/u.test(sql);
    const isComparing = /\$__fromTime\b[\s\S]*<= \$__toTime\b/u.test(sql);
    const isOfView = /_between\([^)]*since = \$__fromTime, until = \$__toTime\b/u.test(sql);
    expect(isBounded || isComparing || isOfView || sql.includes('v_run_paths(')).toBe(true);
    expect(() => assertReadOnly(expandMacros(sql, range))).not.toThrow();
    if (show === 'timeseries') expect(sql).toMatch(/AS time\b[\s\S]*ORDER BY time\b/u);
  });
});

describe('a description', () => {
  const panel = [
    'title: T',
    'description: D',
    'variables: [tenant]',
    'panels:',
    '  - title: Runs',
    '    answers: How many?',
    '    show: stat',
    '    size: 4x4',
    '    unit: short',
    '    sql: SELECT count() FROM stats_5m WHERE $__timeFilter(bucket)',
  ];
  const withLine = (find: string, put: string): string =>
    panel.map((line) => (line.includes(find) ? put : line)).join('\n');

  test('is taken as it stands', () => {
    expect(readPanels('x', panel.join('\n')).panels).toHaveLength(1);
  });

  test.each([
    ['unit', '    units: short', 'unknown word "units"'],
    ['answers', '', 'wanted answers, a text'],
    ['show', '    show: pie', 'wanted one of stat'],
    ['size', '    size: 40x4', 'at most 24 wide'],
    ['sql', '', 'wanted either sql or promql'],
    ['variables', 'variables: [customer]', 'wanted one of tenant'],
  ])('with a mistake in %s is refused with its place', (find, put, says) => {
    expect(() => readPanels('x', withLine(find, put))).toThrow(says);
  });
});

describe('the provisioning', () => {
  type Source = {
    uid: string;
    type: string;
    secureJsonData?: object;
    jsonData: { username?: string };
  };
  const { datasources } = parse(read('provisioning/datasources/agentspine.yaml')) as {
    datasources: Source[];
  };

  test('gives the datasources the uids that the dashboards name', () => {
    expect(datasources.map(({ uid, type }) => ({ type, uid }))).toEqual([CLICKHOUSE, PROMETHEUS]);
  });

  test('reads ClickHouse as a user that can only read, with a password from outside', () => {
    expect(datasources[0]?.jsonData.username).toBe('agentspine_reader');
    expect(datasources[0]?.secureJsonData).toEqual({
      password: '${SPINE_GRAFANA_CLICKHOUSE_PASSWORD}',
    });
    expect(read('reader.sql')).toMatch(
      /readonly = 1,[\s\S]*max_execution_time.*CHANGEABLE_IN_READONLY/u,
    );
  });
});
