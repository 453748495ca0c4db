// docs/metrics.md against the code: every metric that a service can show stands there with its type
// and labels, and nothing else does; alerts and dashboards ask only for what is there.
// Example of a failure: spine_x_total is in services/sink/start.ts and not in docs/metrics.md
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics } from '@agentspine/observe/metrics';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isRow } from '../../infra/grafana/read-panels.ts';
import { readAll } from '../../infra/grafana/dashboard-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/metrics.md');

type Metric = { readonly name: string; readonly type: string };

const documented: readonly Metric[] = [
  ...page.matchAll(/^\| `(?<name>[a-z][a-z0-9_]+)` \| (?<type>counter|gauge|histogram) \|/gmu),
].map(({ groups }) => ({ name: groups?.['name'] ?? '', type: groups?.['type'] ?? '' }));
const recorded = [...page.matchAll(/^\| `(?<name>spine:[a-z0-9_:]+)` \|/gmu)].map(
  ({ groups }) => groups?.['name'] ?? '',
);

/** What createMetrics() has of itself. */
async function built(): Promise<Metric[]> {
  const text = await createMetrics('worker').text();
  return [...text.matchAll(/^# TYPE (?<name>\S+) (?<type>\S+)$/gmu)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    type: groups?.['type'] ?? '',
  }));
}

/** What services add of their own: metrics.counter('x', …) and metrics.gauge('x', …). */
function added(): Metric[] {
  const files = globSync('{services,libs}/**/*.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] });
  return files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...read(file).matchAll(/metrics\.(?<type>counter|gauge)(?:<[^>(]*>)?\(\s*'(?<name>\w+)'/gu),
    ])
    .map(({ groups }) => {
      const type = groups?.['type'] ?? '';
      return { name: `spine_${groups?.['name']}${type === 'counter' ? '_total' : ''}`, type };
    });
}

/** Names in a PromQL expression, without what Prometheus derives from a histogram. */
function namesIn(expr: string): string[] {
  const bare = expr.replaceAll(/\{[^}]*\}/gu, '').replaceAll(/\b(?:by|without|on) \([^)]*\)/gu, '');
  const names = bare.match(/\b(?:spine|process|nodejs)[_:][a-z0-9_:]+|\bup\b/gu) ?? [];
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/u, ''));
}

describe('docs/metrics.md', () => {
  test('lists every metric of the project, with its type, and no other', async () => {
    const own = [...(await built()), ...added()].filter(({ name }) => name.startsWith('spine_'));
    const byName = (one: Metric, other: Metric): number => (one.name < other.name ? -1 : 1);
    expect(documented.filter(({ name }) => name.startsWith('spine_')).toSorted(byName)).toEqual(
      own.toSorted(byName),
    );
  });

  test('lists only process metrics that are there', async () => {
    const names = (await built()).map(({ name }) => name);
    const general = documented.filter(({ name }) => !name.startsWith('spine_'));
    expect(general.length).toBeGreaterThan(3);
    for (const { name } of general) expect(names).toContain(name);
  });

  test('names them as Prometheus recommends: base units, _total for counters alone', () => {
    for (const { name, type } of documented) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(
        /_(?:ms|us|ns|millis|milliseconds|minutes|kb|mb|kilobytes|percent)(?:_|$)/u,
      );
    }
  });

  test('has a section for every alert, which the alert names, and for no other', () => {
    const { groups } = parse(read('infra/prometheus/rules/alerts.yml')) as {
      groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(page.match(/^### .+$/gmu)).toEqual(rules.map(({ alert }) => `### ${alert}`));
    for (const { alert, annotations } of rules) {
      expect(annotations['runbook']).toBe(`docs/metrics.md#${alert.toLowerCase()}`);
    }
  });
});

describe('what is asked of Prometheus', () => {
  type Rules = { groups: { rules: { alert?: string; record?: string; expr: string }[] }[] };
  const rules = ['recording', 'alerts'].flatMap((name) =>
    (parse(read(`infra/prometheus/rules/${name}.yml`)) as Rules).groups.flatMap((one) => one.rules),
  );
  const known = new Set([...documented.map(({ name }) => name), ...recorded, 'up']);

  test('the recorded series are those of the page', () => {
    expect(rules.flatMap(({ record }) => record ?? [])).toEqual(recorded);
  });

  test('rules ask only for metrics that are there', () => {
    for (const { alert, record, expr } of rules) {
      expect(namesIn(expr).length, alert ?? record).toBeGreaterThan(0);
      for (const name of namesIn(expr))
        expect([alert ?? record, known.has(name), name]).toEqual([alert ?? record, true, name]);
    }
  });

  test('dashboards ask only for metrics that are there', () => {
    const asked = readAll().flatMap(({ panels }) =>
      panels.flatMap((panel) => (isRow(panel) ? [] : (panel.promql ?? []))),
    );
    expect(asked.length).toBeGreaterThan(10);
    for (const { expr } of asked) {
      for (const name of namesIn(expr))
        expect([expr, known.has(name), name]).toEqual([expr, true, name]);
    }
  });
});
