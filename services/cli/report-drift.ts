// spine report drift: which agent changed, in what, since when, and what explains it.
// Guarantees: the sentinel's conclusions and its sentences; where it could not judge, that is said
// with what is lacking; nothing is judged here.
// Example: tellDrift(await askDrift(asking), asking)
import type { DriftRow } from '@agentspine/clickhouse/drift-queries';
import type { BarChart, Finding, Report, Section } from '@agentspine/report/report';
import { counted, showValue } from '@agentspine/report/show-value';
import type { Asked, Asking } from './report-asking.ts';
import { grouped } from './report-series.ts';
import { listed, spanWords } from './report-words.ts';

export type DriftAnswers = { readonly rows: readonly DriftRow[] };

const TOLD = 8;
const DRAWN = 6;
const SHOWN = 40;
/** What the rule puts together or finds empty. */
const WORDS = new Map([
  ['__other__', 'new or seldom'],
  ['', '(none)'],
]);
const NO_AGENT = '(none named)';
const STATES = ['alert', 'warn', 'insufficient_data', 'ok'] as const;

export async function askDrift(asking: Asking): Promise<DriftAnswers> {
  return { rows: await asking.run('drift', asking.range) };
}

export function tellDrift({ rows }: DriftAnswers, asked: Asked): Omit<Report, 'sources'> {
  const found = rows.filter(({ state }) => state === 'alert' || state === 'warn');
  const run = found.flatMap(({ example_runs: runs }) => runs)[0];
  return {
    what: 'drift',
    title: 'Drift',
    scope: asked.scope,
    findings: findings(rows, found, asked),
    sections: [
      ...picturesSection(found),
      causesSection(found),
      foundSection(found),
      agentsSection(rows),
      lackingSection(rows),
    ],
    commands: [...(run === undefined ? [] : [`spine trace ${run}`]), 'spine report decisions'],
  };
}

/** One for what moved in an agent; against two references it is told once, the graver one. */
function findings(
  rows: readonly DriftRow[],
  found: readonly DriftRow[],
  asked: Asked,
): readonly Finding[] {
  if (rows.length === 0) {
    return [
      {
        tone: 'plain',
        text: `insufficient data: the sentinel has judged nothing in the last ${spanWords(asked.scope)}. It needs a day of runs, and a week before it.`,
      },
    ];
  }
  const once = [
    ...grouped(found, ({ agent_id, dimension }) => `${agent_id}\n${dimension}`).values(),
  ];
  const told = once
    .flatMap(([first]) => (first === undefined ? [] : [first]))
    .slice(0, TOLD)
    .map((row): Finding => ({
      tone: row.state === 'alert' ? 'bad' : 'warn',
      text: `${row.agent_id}: ${row.words}${causeWords(row)}`,
    }));
  if (once.length > TOLD) {
    told.push({ tone: 'warn', text: `${once.length - TOLD} more changes are in the table.` });
  }
  return [...told, restFinding(rows, once.length)];
}

function causeWords({ causes, words }: DriftRow): string {
  const [first] = causes;
  // The sentinel's sentence may name it already.
  if (first === undefined || words.includes('explains')) return '.';
  return `. What explains it best: ${first.dimension} ${first.value} (${showValue(first.share, 'share')} of the change).`;
}

function restFinding(rows: readonly DriftRow[], changed: number): Finding {
  const calm = rows.filter(({ state }) => state === 'ok');
  const few = rows.filter(({ state }) => state === 'insufficient_data');
  const agents = [...new Set(few.map(({ agent_id }) => agent_id || NO_AGENT))];
  const parts = [
    `${counted(calm.length, 'comparison')} found no change`,
    ...(few.length > 0
      ? [`for ${showValue(few.length, 'count')} there is insufficient data (${listed(agents)})`]
      : []),
  ];
  return { tone: changed === 0 ? 'good' : 'plain', text: `${parts.join('; ')}.` };
}

/** What the shares were and are, of what moved most. */
function picturesSection(found: readonly DriftRow[]): readonly Section[] {
  const drawn = found.filter(({ contributors }) => contributors.length > 1).slice(0, DRAWN);
  if (drawn.length === 0) return [];
  return [
    {
      id: 'pictures',
      title: 'What moved',
      charts: drawn.map((row): BarChart => ({
        is: 'bars',
        layout: 'lying',
        isStacked: false,
        title: `${row.agent_id}: ${dimensionWords(row)}`,
        alt: `${row.words}.`,
        unit: 'share',
        categories: row.contributors.map(({ value }) => WORDS.get(value) ?? value),
        series: [
          { name: 'before', values: row.contributors.map((one) => one.reference_share) },
          { name: 'now', tone: 'bad', values: row.contributors.map((one) => one.current_share) },
        ],
      })),
    },
  ];
}

function dimensionWords({ dimension, reference }: DriftRow): string {
  const against = {
    trailing: 'the days before',
    pinned: 'the reference',
    version: 'the version before',
  };
  return `${dimension}, against ${against[reference]}`;
}

function causesSection(found: readonly DriftRow[]): Section {
  return {
    id: 'causes',
    title: 'What explains it',
    table: {
      none: 'Nothing to explain.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'changed', title: 'what changed', unit: 'text' },
        { key: 'cause', title: 'explained by', unit: 'text' },
        { key: 'value', title: '', unit: 'text' },
        { key: 'share', title: 'of the change', unit: 'share' },
        { key: 'bar', title: '', unit: 'bar', isMinor: true },
      ],
      rows: found
        .flatMap((row) =>
          row.causes.slice(0, 3).map((cause) => ({
            agent_id: row.agent_id,
            changed: row.dimension,
            reference: row.reference,
            cause: cause.dimension,
            value: cause.value,
            share: cause.share,
            bar: cause.share,
          })),
        )
        .slice(0, SHOWN),
    },
  };
}

function foundSection(found: readonly DriftRow[]): Section {
  return {
    id: 'found',
    title: 'Changes, gravest first',
    table: {
      none: 'No change was found.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'dimension', title: 'what', unit: 'text' },
        { key: 'state', title: 'state', unit: 'text' },
        { key: 'effect_name', title: 'measure', unit: 'text', isMinor: true },
        { key: 'effect', title: 'effect', unit: 'number' },
        { key: 'threshold', title: 'threshold', unit: 'number' },
        { key: 'p', title: 'p', unit: 'text' },
        { key: 'n_current', title: 'runs now', unit: 'count' },
        { key: 'n_reference', title: 'runs before', unit: 'count', isMinor: true },
        { key: 'against', title: 'against', unit: 'text', isMinor: true },
        { key: 'window_end', title: 'until', unit: 'text', isMinor: true },
      ],
      rows: found.slice(0, SHOWN).map((row) => ({
        ...row,
        p: tiny(row.p_corrected),
        against: row.reference,
      })),
    },
  };
}

function tiny(p: number | null): string {
  if (p === null || !Number.isFinite(p)) return '–';
  if (p === 0) return '< 1e-300';
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}

function agentsSection(rows: readonly DriftRow[]): Section {
  const agents = [...grouped(rows, ({ agent_id }) => agent_id)].map(([agent_id, group]) => ({
    agent_id: agent_id || NO_AGENT,
    ...Object.fromEntries(
      STATES.map((state) => [state, group.filter((row) => row.state === state).length]),
    ),
    runs: Math.max(0, ...group.map(({ n_current: n }) => n)),
  }));
  return {
    id: 'agents',
    title: 'Comparisons by agent',
    table: {
      none: 'Nothing was judged.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'runs', title: 'runs now', unit: 'count' },
        { key: 'alert', title: 'alert', unit: 'count' },
        { key: 'warn', title: 'warn', unit: 'count' },
        { key: 'ok', title: 'no change', unit: 'count' },
        { key: 'insufficient_data', title: 'insufficient data', unit: 'count' },
      ],
      rows: agents,
    },
  };
}

function lackingSection(rows: readonly DriftRow[]): Section {
  return {
    id: 'insufficient-data',
    title: 'Where nothing can be said',
    table: {
      none: 'Everything could be judged.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'reference', title: 'against', unit: 'text' },
        { key: 'words', title: 'why', unit: 'text' },
      ],
      rows: rows
        .filter(({ state }) => state === 'insufficient_data')
        .slice(0, SHOWN / 2)
        .map((row) => ({ ...row, agent_id: row.agent_id || NO_AGENT })),
    },
  };
}
