// What the report about drift says of the sentinel's conclusions, and of none.
import type { DriftRow } from '@agentspine/clickhouse/drift-queries';
import { htmlPage } from '@agentspine/report/html-page';
import { describe, expect, test } from 'vitest';
import { windows } from './report-asking.ts';
import { tellDrift } from './report-drift.ts';

const nowMs = Date.UTC(2026, 10, 27, 14, 2);
const asked = windows({ tenant: '', agent: '', since: '7d', spanMs: 168 * 3_600e3, nowMs });

const shift: DriftRow = {
  tenant_id: '',
  agent_id: 'concierge',
  dimension: 'tool',
  method: 'category',
  reference: 'trailing',
  state: 'alert',
  words: 'tool: search 20 % → 36 %, lookup 60 % → 44 % in 512 runs of 24 h',
  agent_version: '',
  window_start: '2026-11-26 14:00:00',
  window_end: '2026-11-27 14:00:00',
  n_current: 512,
  n_reference: 3_581,
  effect_name: 'psi',
  effect: 0.21,
  threshold: 0.1,
  p_value: 1e-12,
  p_corrected: 3e-9,
  js_distance: 0.1,
  linf: 0.16,
  contributors: [
    { value: 'search', reference_share: 0.2, current_share: 0.36 },
    { value: 'lookup', reference_share: 0.6, current_share: 0.44 },
  ],
  causes: [{ dimension: 'prompt_version', value: '2026-02-28', share: 0.93 }],
  example_runs: ['run-7'],
  computed_at: '2026-11-27 14:01:00',
};
const few: DriftRow = {
  ...shift,
  agent_id: 'small',
  state: 'insufficient_data',
  words: 'tool: insufficient data: 24 of 200',
  effect: null,
  threshold: null,
  p_corrected: null,
  contributors: [],
  causes: [],
  example_runs: [],
};
const texts = (rows: readonly DriftRow[]): string =>
  tellDrift({ rows }, asked)
    .findings.map(({ text }) => text)
    .join('\n');

describe('drift', () => {
  test('a change is told with what explains it, and once for two references', () => {
    const told = texts([shift, { ...shift, reference: 'pinned' }, few]);
    expect(told.split('\n')[0]).toBe(
      'concierge: tool: search 20 % → 36 %, lookup 60 % → 44 % in 512 runs of 24 h. What explains it best: prompt_version 2026-02-28 (93 % of the change).',
    );
    expect(told.match(/concierge: tool/gu)).toHaveLength(1);
    expect(told).toContain('for 1 there is insufficient data (small)');
  });

  test('the shares before and now are drawn, the causes listed, a run named', () => {
    const told = tellDrift({ rows: [shift] }, asked);
    const [chart] = told.sections[0]?.charts ?? [];
    expect(chart).toMatchObject({ is: 'bars', categories: ['search', 'lookup'] });
    expect(told.sections.find(({ id }) => id === 'causes')?.table?.rows).toHaveLength(1);
    expect(told.commands).toContain('spine trace run-7');
  });

  test('no change is good, and nothing judged is insufficient data', () => {
    expect(tellDrift({ rows: [{ ...shift, state: 'ok' }] }, asked).findings).toEqual([
      { tone: 'good', text: '1 comparison found no change.' },
    ]);
    expect(texts([])).toContain(
      'insufficient data: the sentinel has judged nothing in the last 7 d',
    );
  });

  test('hostile values and NaN make a page all the same', async () => {
    const hostile = {
      ...shift,
      effect: Number.NaN,
      agent_id: '<script>alert(1)</script>',
      contributors: shift.contributors.map((one) => ({ ...one, current_share: Number.NaN })),
    };
    const page = await htmlPage({ ...tellDrift({ rows: [hostile, few] }, asked), sources: [] });
    expect(page).not.toMatch(/<script|NaN|undefined/u);
  });
});
