// infra/prometheus as Prometheus itself sees it: the configuration and the rules are sound, the
// rules say what their tests expect, and the dashboards' PromQL parses.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readAll } from '../../infra/grafana/dashboard-files.ts';
import { isRow } from '../../infra/grafana/read-panels.ts';
import { debianTool } from '../debian-tool.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'infra', 'prometheus');
const read = (path: string): unknown => parse(readFileSync(join(FOLDER, path), 'utf8'));

type Rules = {
  groups: {
    rules: {
      alert?: string;
      labels?: { severity: string };
      annotations?: Record<string, string>;
    }[];
  }[];
};
type Cases = { tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[] };

const alerts = (read('rules/alerts.yml') as Rules).groups.flatMap(({ rules }) => rules);

test('every alert says how urgent it is, what is wrong, and what to read', () => {
  for (const { alert, labels, annotations } of alerts) {
    expect(alert).toMatch(/^Spine[A-Z][A-Za-z]+$/u);
    expect(labels?.severity, alert).toMatch(/^(?:page|ticket)$/u);
    expect(Object.keys(annotations ?? {}).toSorted()).toEqual([
      'description',
      'runbook',
      'summary',
    ]);
  }
});

test('every alert has a case in which it fires, and one in which it does not', () => {
  const cases = (read('tests/rules.yml') as Cases).tests.flatMap(
    (one) => one.alert_rule_test ?? [],
  );
  const fires = cases.filter(({ exp_alerts }) => exp_alerts.length > 0);
  expect(new Set(fires.map(({ alertname }) => alertname))).toEqual(
    new Set(alerts.map(({ alert }) => alert)),
  );
  const quiet = cases.filter(({ exp_alerts }) => exp_alerts.length === 0);
  expect(quiet.length).toBeGreaterThan(10);
});

const promtool = debianTool('promtool');

// promtool comes with Debian's package prometheus, which .ci/run unpacks; elsewhere it may be
// absent.
describe.skipIf(promtool === null)('promtool (skipped where there is none)', () => {
  const run = (...args: string[]): string =>
    execFileSync(promtool ?? '', args, { cwd: FOLDER, encoding: 'utf8', stdio: 'pipe' });

  test('finds the configuration sound, with the rules it names', () => {
    expect(run('check', 'config', 'prometheus.yml')).toMatch(/2 rule files found/u);
  });

  test('finds that the rules say what their tests expect', () => {
    expect(run('test', 'rules', 'tests/rules.yml')).toContain('SUCCESS');
  });

  test('would refuse a rule test that expects something else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spine-promtool-'));
    try {
      const text = readFileSync(join(FOLDER, 'tests', 'rules.yml'), 'utf8');
      const wrong = text
        .replaceAll('../rules/', `${FOLDER}/rules/`)
        .replace('instance: "worker:9464" }', 'instance: "other:1" }');
      expect(wrong).toContain('other:1');
      writeFileSync(join(folder, 'rules.yml'), wrong);
      expect(() => run('test', 'rules', join(folder, 'rules.yml'))).toThrow('FAILED');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('reads the PromQL of every panel', () => {
    const rules = readAll().flatMap(({ name, panels }) =>
      panels.flatMap((panel, at) =>
        isRow(panel)
          ? []
          : (panel.promql ?? []).map(({ expr }, target) => ({
              record: `${name.replaceAll('-', '_')}:panel${at}:target${target}`,
              expr,
            })),
      ),
    );
    const folder = mkdtempSync(join(tmpdir(), 'spine-promtool-'));
    try {
      const file = join(folder, 'panels.yml');
      writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
      expect(run('check', 'rules', file)).toContain(`${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
