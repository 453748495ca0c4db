// A report that holds one of everything, and what data could do to it: markup, control characters,
// NaN, Infinity, huge numbers, gaps, one point, nothing.
// Example: terminalLines(plantedReport(), { width: 80, style })
import type { Chart, Report, Row, Section } from './report.ts';

export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; $(touch x) --",
  '\u001b[31mred\u001b[2J',
  'left\u202etfel',
  '{a|b} {b} fill="#0a0001"',
  'line\nbreak\ttab\u0000',
  'x'.repeat(400),
] as const;

const HOUR_MS = 3_600e3;
const START = Date.UTC(2026, 10, 20);

export function plantedReport(): Report {
  return {
    what: 'latency',
    title: `Latency ${HOSTILE[0]}`,
    scope: {
      tenant: HOSTILE[1],
      agent: '',
      since: START,
      until: START + 48 * HOUR_MS,
      generatedAt: START + 48 * HOUR_MS,
    },
    findings: HOSTILE.map((text, at) => ({
      tone: (['bad', 'warn', 'good', 'plain'] as const)[at % 4] ?? 'plain',
      text,
    })),
    sections: [charts(), odd(), table(), { id: 'none', title: 'None', table: empty() }],
    commands: [`spine report latency --tenant '${HOSTILE[0]}'`],
    sources: [{ name: 'latency', sql: 'SELECT 1 < 2\nFROM x', params: { tenant: HOSTILE[0] } }],
  };
}

function charts(): Section {
  const times = Array.from({ length: 48 }, (_, at) => START + at * HOUR_MS);
  const head = (title: string) => ({ title, alt: `What ${title} shows ${HOSTILE[1]}` });
  const all: readonly Chart[] = [
    {
      ...head('lines'),
      is: 'line',
      unit: 'ms',
      times,
      series: HOSTILE.map((name, at) => ({ name, values: times.map((_, row) => row * (at + 1)) })),
      marks: [{ time: START + 24 * HOUR_MS, text: HOSTILE[0] }],
    },
    {
      ...head('stacked days'),
      is: 'bars',
      unit: 'count',
      layout: 'upright',
      isStacked: true,
      categories: [START, START + 24 * HOUR_MS],
      series: [
        { name: 'critical', tone: 'bad', values: [1, 2] },
        { name: HOSTILE[1], tone: 'warn', values: [0, null] },
      ],
    },
    {
      ...head('names'),
      is: 'bars',
      unit: 'share',
      layout: 'lying',
      isStacked: false,
      categories: [...HOSTILE],
      series: [{ name: 'now', values: HOSTILE.map((_, at) => at / 10) }],
    },
    {
      ...head('curve'),
      is: 'reliability',
      unit: 'share',
      bins: [0.5, 0.7, 0.9].map((confidence) => ({
        confidence,
        accuracy: 0.6,
        low: 0.55,
        high: 0.65,
        n: 100,
      })),
    },
    {
      ...head('versions'),
      is: 'intervals',
      unit: 'usd',
      reference: 4,
      rows: HOSTILE.map((label, at) => ({ label, value: at, low: at - 1, high: at + 1 })),
    },
  ];
  return { id: 'charts', title: HOSTILE[0], text: [...HOSTILE], charts: all };
}

/** What arithmetic on real data brings now and then. */
function odd(): Section {
  const strange = [Number.NaN, Infinity, -Infinity, 1e300, -1e300, 0, null];
  const head = { alt: 'odd numbers', unit: 'number' as const };
  const times = strange.map((_, at) => START + at * HOUR_MS);
  const one = { value: Number.NaN, low: -Infinity, high: Infinity };
  return {
    id: 'odd',
    title: 'Odd numbers',
    charts: [
      { ...head, title: 'odd line', is: 'line', times, series: [{ name: 'a', values: strange }] },
      {
        ...head,
        title: 'one point',
        is: 'line',
        times: [START],
        series: [{ name: 'a', values: [5] }],
      },
      { ...head, title: 'no points', is: 'line', times: [], series: [] },
      {
        ...head,
        title: 'odd bars',
        is: 'bars',
        layout: 'lying',
        isStacked: false,
        categories: strange.map((_, at) => `bar ${at}`),
        series: [{ name: 'a', values: strange }],
      },
      { ...head, title: 'odd intervals', is: 'intervals', rows: [{ label: 'a', ...one }] },
      {
        ...head,
        title: 'odd curve',
        is: 'reliability',
        bins: [{ confidence: Number.NaN, accuracy: 1, low: 0, high: Number.NaN, n: 0 }],
      },
    ],
  };
}

function table(): Section {
  const values = [Number.NaN, Infinity, 1e300, -5, 0.000001, null, undefined, 12n, true];
  const rows: readonly Row[] = [
    ...HOSTILE.map((name) => ({ name, n: 1, share: 0.5, spark: [1, null, Number.NaN, 3], bar: 2 })),
    ...values.map((n) => ({ name: 'odd', n, ms: n, usd: n, share: n, spark: [], bar: n })),
  ];
  return {
    id: 'table',
    title: 'Table',
    table: {
      none: 'none',
      rows,
      columns: [
        { key: 'name', title: 'name', unit: 'text' },
        { key: 'n', title: 'n', unit: 'count' },
        { key: 'ms', title: 'took', unit: 'ms' },
        { key: 'usd', title: 'cost', unit: 'usd' },
        { key: 'share', title: HOSTILE[0], unit: 'share' },
        { key: 'spark', title: '7 days', unit: 'spark', isMinor: true },
        { key: 'bar', title: '', unit: 'bar', isMinor: true },
      ],
    },
  };
}

function empty() {
  return { none: 'insufficient data: 0 of 100 calls', columns: [], rows: [] };
}
