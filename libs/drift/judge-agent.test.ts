// The rule on series made by hand: what it finds, what it does not, and what it says where it
// cannot know.
import { expect, test } from 'vitest';
import { correction } from './corrections.ts';
import { HOUR_MS } from './hourly-series.ts';
import { type AgentData, isFound, judgeAgent, type Observation } from './judge-agent.ts';
import { DEFAULT_RULE } from './rule.ts';

/** A Wednesday, 12:00. */
const endMs = Date.UTC(2026, 4, 13, 12);
const question = { endMs, rule: DEFAULT_RULE, correct: correction(100) };
const blank: AgentData = { observations: [], pinned: [], incidents: [], accepted: [] };

type Maker = (hoursAgo: number, clock: number) => Readonly<Record<string, number>>;

/** Counts per value for every hour of the last days; numbers as bins. */
function observe(dimension: string, days: number, make: Maker, version = '1.0'): Observation[] {
  const rows: Observation[] = [];
  for (let ago = days * 24; ago >= 1; ago -= 1) {
    const hourMs = endMs - ago * HOUR_MS;
    for (const [value, n] of Object.entries(make(ago, new Date(hourMs).getUTCHours()))) {
      const isNumber = /^\d+$/.test(value);
      rows.push({
        dimension,
        version,
        hourMs,
        value: isNumber ? '' : value,
        bin: isNumber ? Number(value) : 0,
        n,
      });
    }
  }
  return rows;
}

const judge = (observations: readonly Observation[], more: Partial<AgentData> = {}) =>
  judgeAgent({ ...blank, ...more, observations }, question);

const of = (found: ReturnType<typeof judge>, method: string, reference = 'trailing') => {
  const one = found.find((each) => each.method === method && each.reference === reference);
  if (one === undefined) throw new Error(`no finding ${method} ${reference}`);
  return { state: one.finding.state, words: one.finding.words };
};

test('a mix that shifts is an alert, with the values that moved', () => {
  const found = judge(
    observe('tool', 10, (ago) => (ago <= 24 ? { look: 20, search: 30 } : { look: 35, search: 15 })),
  );
  const { state, words } = of(found, 'category');
  expect(state).toBe('alert');
  expect(words).toMatch(
    /^tool: (?:look 70 % → 40 %, search 30 % → 60 %|search .*) in .* runs of \d+ h, against /,
  );
});

test('the same mix is no finding', () => {
  const found = judge(observe('tool', 10, () => ({ look: 35, search: 15 })));
  expect(of(found, 'category')).toMatchObject({ state: 'ok' });
  expect(found.some(isFound)).toBe(false);
});

test('a mix by day and another by night is no finding at any hour', () => {
  const rows = observe('tool', 20, (_, clock) =>
    clock < 8 ? { look: 10, search: 40 } : { look: 40, search: 10 },
  );
  for (let back = 0; back < 24; back += 3) {
    const found = judgeAgent(
      { ...blank, observations: rows },
      { ...question, endMs: endMs - back * HOUR_MS },
    );
    expect(found.filter(isFound).map(({ finding }) => finding.words)).toEqual([]);
  }
});

test('ten runs are told how many are lacking', () => {
  const found = judge(observe('tool', 1, (ago) => (ago === 3 ? { look: 10 } : {})));
  expect(of(found, 'category')).toEqual({
    state: 'insufficient_data',
    words: 'tool: insufficient data: 10 of 200',
  });
});

test('an empty window says so, a gap of a day included', () => {
  const found = judge(observe('tool', 10, (ago) => (ago <= 24 ? {} : { look: 35, search: 15 })));
  expect(of(found, 'category').words).toBe('tool: insufficient data: 0 of 200');
});

test('one value for ever has no distance from itself', () => {
  const found = judge(observe('confidence', 10, () => ({ 14: 200 })));
  expect(of(found, 'number')).toMatchObject({ state: 'ok' });
  expect(of(found, 'number').words).not.toContain('NaN');
});

test('a count or a bin that is no number is left out', () => {
  const odd = { dimension: 'latency_ns', version: '1.0', hourMs: endMs - HOUR_MS, value: '' };
  const found = judge([
    ...observe('latency_ns', 10, () => ({ 480: 50, 484: 100, 490: 50 })),
    { ...odd, bin: Number.NaN, n: 1_000 },
    { ...odd, bin: 480, n: Number.NaN },
    { ...odd, bin: 480, n: -5 },
    { ...odd, bin: 480, n: 1_000, hourMs: endMs + 2 * HOUR_MS },
  ]);
  expect(of(found, 'number')).toMatchObject({ state: 'ok' });
});

test('a slower model is told as a factor', () => {
  const found = judge(
    observe('latency_ns', 10, (ago) => {
      const step = ago <= 24 ? 16 : 0;
      return { [470 + step]: 20, [480 + step]: 40, [490 + step]: 20 };
    }),
  );
  expect(of(found, 'number').state).toBe('alert');
  expect(of(found, 'number').words).toMatch(/^latency_ns: typical value x2\.00 in /);
});

test('an error rate that doubles is an alert, one that moves by a hair is not', () => {
  const rate = (now: number) =>
    observe('error_rate', 10, (ago) =>
      ago <= 24 ? { yes: now, no: 200 - now } : { yes: 10, no: 190 },
    );
  expect(of(judge(rate(22)), 'category')).toMatchObject({ state: 'alert' });
  expect(of(judge(rate(22)), 'category').words).toMatch(/share 5.0 % → 11 %/);
  expect(of(judge(rate(11)), 'category').state).not.toMatch(/warn|alert/);
});

test('one burst of one hour is no finding', () => {
  const found = judge(
    observe('tool', 10, (ago) =>
      ago === 2 ? { look: 20, search: 480 } : { look: 35, search: 15 },
    ),
  );
  expect(of(found, 'category').state).not.toMatch(/warn|alert/);
});

test('hours of an incident do not become the usual', () => {
  const rows = observe('tool', 12, (ago) =>
    ago <= 5 * 24 ? { look: 15, search: 35 } : { look: 35, search: 15 },
  );
  const incident = { dimension: 'tool', startMs: endMs - 5 * 24 * HOUR_MS, endMs };
  expect(of(judge(rows, { incidents: [incident] }), 'category').state).toBe('alert');
  // Without a word about the incident, five of seven days look the same as the last.
  expect(of(judge(rows), 'category').state).not.toBe('alert');
});

test('an accepted change is the usual from then on', () => {
  const rows = observe('tool', 20, (ago) =>
    ago <= 6 * 24 ? { look: 15, search: 35 } : { look: 35, search: 15 },
  );
  const accepted = [{ dimension: 'tool', atMs: endMs - 6 * 24 * HOUR_MS }];
  expect(of(judge(rows, { accepted }), 'category')).toMatchObject({ state: 'ok' });
});

test('slow drift is seen against the pinned week', () => {
  const rows = observe('tool', 28, (ago) => {
    const share = 0.7 - (0.35 * (28 * 24 - ago)) / (28 * 24);
    return { look: 50 * share, search: 50 * (1 - share) };
  });
  const pinned = rows.filter(({ hourMs }) => hourMs < endMs - 21 * 24 * HOUR_MS);
  expect(of(judge(rows, { pinned }), 'category', 'pinned').state).toMatch(/warn|alert/);
  expect(of(judge(rows, { pinned }), 'category').state).not.toMatch(/warn|alert/);
});

test('a new release is compared with the one before', () => {
  const old = observe('tool', 10, (ago) => (ago > 8 ? { look: 70, search: 30 } : {}), '1.0');
  const fresh = observe('tool', 1, (ago) => (ago <= 8 ? { look: 40, search: 60 } : {}), '1.1');
  const { state, words } = of(judge([...old, ...fresh]), 'category', 'version');
  expect(state).toBe('alert');
  expect(words).toContain('of release 1.0');
});

test('a tool never seen is a warning at any size', () => {
  const found = judge(
    observe('tool', 10, (ago) => (ago === 4 ? { look: 9, drop_table: 1 } : { look: 9 })),
  );
  expect(of(found, 'unseen').state).toBe('warn');
  expect(of(found, 'unseen').words).toMatch(
    /^tool: first seen: drop_table \(1 run\); 0 of \d+ runs before$/,
  );
});

test('where new values are usual, one more is none', () => {
  const rows = observe('retrieval_source', 10, (ago) => ({ [`doc_${ago}`]: 1, index: 5 }));
  expect(of(judge(rows), 'unseen').state).toBe('ok');
});
