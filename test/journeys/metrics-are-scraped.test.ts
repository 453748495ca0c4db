// A real Prometheus scrapes the real services: what it counts is what went through, every metric of
// docs/metrics.md arrives, the rules are computed, and a sound pipeline fires no alert.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '@agentspine/cli-service/bring-up';
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { readPart } from '@agentspine/local-stack/part';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readAll } from '../../infra/grafana/dashboard-files.ts';
import { isRow } from '../../infra/grafana/read-panels.ts';
import { debianTool } from '../debian-tool.ts';
import { startPipeline, type Pipeline } from './pipeline.ts';
import { startPrometheus, type Sample } from './prometheus-under-test.ts';

const EVENTS = 160;
const BROKEN = 3;
const binary = debianTool('prometheus');

// Debian's package prometheus, which .ci/run unpacks; elsewhere there may be none.
describe.skipIf(binary === null)('Prometheus (skipped where there is none)', () => {
  let pipeline: Pipeline;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    pipeline = await startPipeline('metrics', { services: SERVICES });
    const targets = new Map<string, string>();
    for (const service of SERVICES) {
      const { port } = (await readPart(pipeline.stateDir, service)) ?? {};
      targets.set(`agentspine-${service}`, `127.0.0.1:${port}`);
    }
    prometheus = await startPrometheus(binary ?? '', targets);
    // Counters are known at 0 before anything is counted.
    await found('up == 1', (up) => {
      if (up.length < SERVICES.length) throw new Error(`only ${up.length} services answer`);
    });
    await pipeline.publish(await someEvents());
    await pipeline.publishRaw(
      Array.from({ length: BROKEN }, (_, at) => Buffer.from(`broken ${at}`)),
    );
    await pipeline.stored(EVENTS + BROKEN);
  });
  afterAll(async () => {
    await prometheus.close();
    await pipeline.stop('sentinel');
    await pipeline.close();
  });

  const found = (expr: string, holds: (samples: Sample[]) => void): Promise<void> =>
    vi.waitFor(async () => holds(await prometheus.query(expr)), { timeout: 30_000, interval: 250 });

  test('reaches all services', async () => {
    await found('up == 1', (samples) => {
      const jobs = samples.map(({ metric }) => metric['job']);
      expect(new Set(jobs)).toEqual(new Set(SERVICES.map((name) => `agentspine-${name}`)));
    });
  });

  test('counts what went through, at each stage what the one before accepted', async () => {
    const of = (stage: string, result: string) => `${stage} ${result}`;
    await found('sum by (stage, result) (spine_stage_records_total)', (samples) => {
      const counts = Object.fromEntries(
        samples.map(({ metric, value }) => [
          of(metric['stage'] ?? '', metric['result'] ?? ''),
          value,
        ]),
      );
      expect(counts).toEqual({
        'journey accepted': EVENTS,
        'journey refused': BROKEN,
        'decode accepted': EVENTS,
        'decode refused': BROKEN,
        'validate accepted': EVENTS,
        'enrich accepted': EVENTS,
        'pseudonymize accepted': EVENTS,
        'judge accepted': EVENTS,
        'encode accepted': EVENTS,
        'store accepted': EVENTS + BROKEN,
        'store refused': 0,
      });
    });
  });

  test('sees no lag at the end, and what is waited for answers', async () => {
    await found('sum by (service) (spine_lag_records)', (samples) => {
      const lags = samples.map(({ metric, value }) => [metric['service'], value] as const);
      expect(Object.fromEntries(lags)).toEqual({ sink: 0, worker: 0 });
    });
    await found('spine_lag_seconds', (samples) => {
      expect(samples.length).toBeGreaterThan(1);
      for (const { value } of samples) expect(value).toBeLessThan(120);
    });
    await found('sum by (dependency) (spine_waiting)', (samples) => {
      expect(samples.length).toBeGreaterThan(1);
      for (const { metric, value } of samples) expect([metric, value]).toEqual([metric, 0]);
    });
  });

  test('has every metric of docs/metrics.md, but those of what did not happen', async () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8');
    const rows = page.matchAll(/^\| `([a-z][a-z0-9_]+)` \| (counter|gauge|histogram) \|/gmu);
    for (const [, name = '', type] of rows) {
      if (DID_NOT_HAPPEN.has(name)) continue;
      await found(type === 'histogram' ? `${name}_count` : name, (samples) =>
        expect([name, samples.length > 0]).toEqual([name, true]),
      );
    }
  });

  test('computes the recorded series, and no alert fires', async () => {
    await found('spine:refused:ratio_15m{stage="journey"}', (samples) => {
      expect(samples).toHaveLength(1);
      expect(samples[0]?.value).toBeCloseTo(BROKEN / (EVENTS + BROKEN), 6);
    });
    await found('spine:lag_records:sum', (samples) => expect(samples).toHaveLength(2));
    type Group = { rules: { name: string; health: string; lastError?: string; state?: string }[] };
    const { groups } = (await prometheus.get('/api/v1/rules')) as { groups: Group[] };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.filter(({ lastError }) => lastError !== undefined && lastError !== '')).toEqual(
      [],
    );
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
    // The sentinel can ask for every signal of its own rules.
    expect(await prometheus.query('spine_alert_rule_failures_total > 0')).toEqual([]);
  });

  test('answers every panel that asks it', async () => {
    const panels = readAll().flatMap(({ panels: all }) => all.filter((panel) => !isRow(panel)));
    for (const panel of panels) {
      for (const { expr } of isRow(panel) ? [] : (panel.promql ?? [])) {
        await expect(prometheus.query(expr)).resolves.toBeInstanceOf(Array);
      }
    }
  });

  test('finds names, types and help of our metrics in order', async () => {
    const promtool = debianTool('promtool') ?? '';
    for (const service of SERVICES) {
      const { url } = (await readPart(pipeline.stateDir, service)) ?? {};
      const text = await (await fetch(`${url}/metrics`)).text();
      const own = text.split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?spine_/u.test(line));
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
        input: `${own.join('\n')}\n`,
        encoding: 'utf8',
      });
      expect({ service, status, says: stdout + stderr }).toEqual({ service, status: 0, says: '' });
    }
  });
});

/** Repeats come from crashes; the rest from alerts, of which a sound pipeline has none. */
const DID_NOT_HAPPEN = new Set([
  'spine_repeats_skipped_total',
  'spine_alerts',
  'spine_alert_rule_failures_total',
  'spine_alert_deliveries_total',
]);

async function someEvents(): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  const fleet = generateFleet({ seed: 11, runs: 60, now: new Date() });
  for await (const batch of fleet.events()) {
    events.push(...batch);
    if (events.length >= EVENTS) break;
  }
  return events.slice(0, EVENTS);
}
