// Reading rules and routes, judging, states, keys: what each promises, on values alone.
import { isSpineError } from '@agentspine/outcome/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from './advance.ts';
import type { Alert } from './alert.ts';
import { judge, rateOf } from './judge.ts';
import { parseRoutes } from './parse-routes.ts';
import { parseRules } from './parse-rules.ts';
import { expand } from './parse-tests.ts';
import { routesFor } from './routes.ts';
import type { Rule } from './rule.ts';
import { runRuleTest } from './run-rule-test.ts';
import type { Sample } from './sample.ts';

const source = (value: unknown) => ({
  value,
  locate: (path: readonly (string | number)[]) => `f.yaml:${path.join('.')}`,
  nearest: (wrong: string, known: readonly string[]) => known.find((one) => one[0] === wrong[0]),
});

const BASE = {
  id: 'ERRORS',
  name: 'Runs fail',
  severity: 'high',
  kind: 'threshold',
  metric: 'error_share',
  window: '15m',
  bound: 0.1,
  clear: 0.05,
  min_n: 100,
  for: '5m',
  keep_firing_for: '10m',
  advice: 'Look.',
  runbook: 'docs/alerts.md#x',
  tests: [{ name: 'none', expect: [] }],
};

function ruleOf(more: object = {}): Rule {
  const given = Object.entries({ ...BASE, ...more }).filter(([, value]) => value !== undefined);
  const [rule] = parseRules([source({ rules: [Object.fromEntries(given)] })]).rules;
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isSpineError(error)) return `${error.message}\n${error.hint}`;
    throw error;
  }
  return 'it was taken';
}

describe('a rule file', () => {
  test.each<[string, object, RegExp]>([
    ['an unknown key', { sevrity: 'high' }, /rules\.0\.sevrity: wanted one of .*nearest: severity/],
    ['an unknown metric', { metric: 'eror_share' }, /metric: wanted one of .*, found "eror_share"/],
    ['a key of another kind', { objective: 0.9 }, /objective: wanted one of/],
    ['a window of three minutes', { window: '3m' }, /window: wanted whole five minutes/],
    ['a duration without unit', { for: 5 }, /for: wanted a duration like 30s/],
    ['hysteresis on the wrong side', { clear: 0.2 }, /clear: wanted at most the bound 0\.1/],
    ['no test', { tests: [] }, /wanted tests beside the rule ERRORS, found nothing/],
    ['no runbook', { runbook: 'ask Ana' }, /runbook: wanted text like/],
    [
      'an objective of all',
      { kind: 'slo_burn', objective: 1 },
      /objective: wanted a number from 0\.5/,
    ],
    ['a split it cannot make', { by: ['tenent'] }, /by\.0: wanted one of tenant.*nearest: tenant/],
  ])('with %s is refused with its place', (_, more, words) => {
    expect(refusalOf(() => ruleOf(more))).toMatch(words);
  });

  test('names all mistakes at once, over all files, and an id that stands twice', () => {
    const words = refusalOf(() =>
      parseRules([source({ rules: [BASE, { ...BASE, bound: 'x' }] }), source({ rules: [] })]),
    );
    expect(words).toMatch(/bound: wanted a number, found "x"/u);
    expect(words).toContain('an id of its own; ERRORS stands at f.yaml:rules.0');
    expect(words).toContain('at least one rule');
  });

  test('a test beside a rule that does not hold says what was found instead', () => {
    const tests = [
      {
        name: 'wrong',
        series: [{ of: { agent: 'a' }, part: '50x9', whole: '100x9' }],
        expect: [{ at: '30m', alerts: [] }],
      },
    ];
    const { rules, tests: own } = parseRules([source({ rules: [{ ...BASE, tests }] })]);
    const [found] = own.flatMap((one) => (rules[0] ? runRuleTest(rules[0], one) : []));
    expect(found).toMatchObject({ wanted: 'no alert', where: 'f.yaml:rules.0.tests.0.expect.0' });
    expect(found?.found).toContain('ERRORS firing {"agent":"a"} at 0.5');
  });

  test('series are written as promtool writes them', () => {
    expect(expand('1+2x3 _x2 9')).toEqual([1, 3, 5, 7, Number.NaN, Number.NaN, 9]);
    expect(expand('5x2')).toEqual([5, 5, 5]);
    expect(expand('1x99999')).toBeUndefined();
    expect(expand('many')).toBeUndefined();
  });
});

describe('a routes file', () => {
  const file = {
    receivers: [
      { id: 'pager', kind: 'pagerduty', routing_key: { env: 'K' } },
      { id: 'chat', kind: 'slack', webhook_url: { env: 'H' } },
    ],
    route: {
      receiver: 'chat',
      group_wait: '1m',
      routes: [
        { match: { severity: ['critical', 'high'] }, receiver: 'pager', continue: true },
        { match: { tenant: 'acme' } },
      ],
    },
  };

  test('is walked as Alertmanager walks it, and keys are inherited', () => {
    const { route } = parseRoutes(source(file));
    const taken = (labels: Record<string, string>) =>
      routesFor(route, labels).map(({ receiver, path }) => `${path} ${receiver}`);
    expect(taken({ severity: 'low', tenant: 'x' })).toEqual(['0 chat']);
    expect(taken({ severity: 'high', tenant: 'acme' })).toEqual(['0.0 pager', '0.1 chat']);
    expect(route.routes[0]?.groupWaitMs).toBe(60_000);
  });

  test.each<[string, object, RegExp]>([
    ['a receiver that is not there', { route: { receiver: 'pagr' } }, /nearest: pager/],
    ['a mistyped option', { receivers: [{ id: 'a', kind: 'slack', webhok_url: 1 }] }, /webhok_url/],
    ['an inhibition of everything', { inhibit: [{ when: {}, mute: {} }] }, /at least one label/],
  ])('with %s is refused with its place', (_, more, words) => {
    expect(refusalOf(() => parseRoutes(source({ ...file, ...more })))).toMatch(words);
  });
});

const sample = (value: number, n = 500): Sample => ({
  labels: { tenant: 't', agent: 'a' },
  value,
  n,
});

describe('judging', () => {
  const rule = ruleOf();
  test.each([
    [sample(0.2), 'breach'],
    [sample(0.07), 'ok'],
    [sample(0.9, 24), 'insufficient_data'],
    [sample(Number.NaN), 'insufficient_data'],
    [sample(Number.POSITIVE_INFINITY), 'insufficient_data'],
  ])('%o is %s', (given, verdict) => {
    expect(judge(rule, given).verdict).toBe(verdict);
  });

  test('below the floor says how much there was', () => {
    expect(judge(rule, sample(0.9, 24)).words).toBe('insufficient data: 24 of 100');
  });

  test('burn rates are those of the SRE workbook: 36 of 1,000 at 99.9 % is 36x', () => {
    expect(rateOf({ bad: 36, total: 1_000 }, 0.999).rate).toBeCloseTo(36, 9);
    // Spending 2 % of a 30-day budget in an hour is 14.4x; 5 % in six hours is 6x (table 5-8).
    expect((0.02 * 30 * 24) / 1).toBeCloseTo(14.4, 9);
    expect((0.05 * 30 * 24) / 6).toBeCloseTo(6, 9);
    expect(rateOf({ bad: 0, total: 0 }, 0.99).rate).toBe(0);
  });

  test('a burn needs both windows, and its floors', () => {
    const burn = ruleOf({
      kind: 'slo_burn',
      sli: 'errors',
      objective: 0.99,
      windows: 'page',
      metric: undefined,
      window: undefined,
      bound: undefined,
      clear: undefined,
      min_n: undefined,
    });
    const of = (...pairs: readonly [number, number][]): string =>
      judge(burn, {
        ...sample(Number.NaN),
        burns: pairs.map(([bad, total]) => ({ bad, total })),
      }).verdict;
    expect(of([200, 1_000], [20, 90], [200, 6_000], [20, 500])).toBe('breach');
    expect(of([200, 1_000], [1, 90], [200, 6_000], [1, 500])).toBe('ok');
    expect(of([1, 14], [1, 2], [1, 14], [1, 14])).toBe('insufficient_data');
    expect(of([9, 100], [9, 9], [9, 100], [9, 50])).toBe('ok');
    expect(of([200, 1_000], [0, 0], [200, 1_000], [0, 0])).toBe('insufficient_data');
  });
});

describe('states', () => {
  const rule = ruleOf();
  const MINUTE = 60_000;
  const walk = (steps: readonly (readonly [minute: number, value: number, n?: number])[]) => {
    let alert: Alert | undefined;
    return steps.map(([minute, value, n]) => {
      const at = 1e12 + minute * MINUTE;
      alert = advance(rule, judge(rule, sample(value, n)), alert, at);
      return alert?.state ?? 'none';
    });
  };

  test('pending, firing, held by hysteresis and keep_firing_for, resolved', () => {
    const steps = [
      [0, 0.2],
      [4, 0.2],
      [5, 0.2],
      [6, 0.07],
      [7, 0.01],
      [16, 0.01],
      [17, 0.01],
    ] as const;
    expect(walk(steps)).toEqual([
      'pending',
      'pending',
      'firing',
      'firing', // 0.07 is below the bound, and above clear
      'firing',
      'resolved', // ten minutes after 0.07, the last breach while firing
      'none',
    ]);
  });

  test('what breaks for less than `for` is never told', () => {
    expect(
      walk([
        [0, 0.2],
        [3, 0.01],
        [4, 0.01],
      ]),
    ).toEqual(['pending', 'resolved', 'none']);
  });

  test('missing data keep an incident open for a day, then end it', () => {
    const steps = [
      [0, 0.2],
      [5, 0.2],
      [10, 0.9, 3],
      [20, 0.2],
      [30, 0.9, 3],
      [1471, 0.9, 3],
    ] as const;
    expect(walk(steps)).toEqual([
      'pending',
      'firing',
      'insufficient_data',
      'firing',
      'insufficient_data',
      'resolved',
    ]);
  });

  test('a repeated round changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(0.01, 0.07, 0.2, Number.NaN)),
        ),
        (steps) => {
          let alert: Alert | undefined;
          let at = 1e12;
          for (const [minutes, value] of steps) {
            at += minutes * MINUTE;
            const observation = judge(rule, sample(value));
            alert = advance(rule, observation, alert, at);
            if (alert === undefined || alert.resolvedAtMs > 0) continue;
            expect(advance(rule, observation, alert, at)).toEqual(alert);
          }
        },
      ),
    );
  });
});
