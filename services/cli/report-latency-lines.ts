// The pictures of `spine report latency` that are of all agents: whole runs over time, and what the
// time of a run is spent on.
// Guarantees: pure; parallel branches are counted once, as the critical path does.
// Example: runsSection({ runs, runsStep: 3_600 }, asked)
import type { CriticalPathByAgentRow, LatencyPoint } from '@agentspine/clickhouse/time-queries';
import type { Chart, Section } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import type { Asked } from './report-asking.ts';
import { grouped, lines } from './report-series.ts';
import { spanWords } from './report-words.ts';

/** Agents drawn as lines. */
export const DRAWN = 5;
/** Newest runs whose critical path is looked at. */
export const PATH_RUNS = 500;
const PATH_AGENTS = 8;

export function runsSection(
  { runs: points, runsStep }: { readonly runs: readonly LatencyPoint[]; readonly runsStep: number },
  asked: Asked,
): Section {
  const { times, series } = lines(points, {
    stepMs: runsStep * 1000,
    value: ({ p95_ms }) => p95_ms,
    most: DRAWN,
    weight: ({ operations }) => operations,
  });
  const longest = points.toSorted((a, b) => b.p95_ms - a.p95_ms)[0];
  const chart: Chart = {
    is: 'line',
    title: 'Whole runs, p95 by agent',
    alt:
      longest === undefined
        ? 'No run has ended.'
        : `The longest: ${longest.series}, ${showValue(longest.p95_ms, 'ms')} at ${longest.time.slice(0, 16)}.`,
    unit: 'ms',
    times,
    series,
    marks: [{ time: asked.recent.since, text: `the last ${spanWords(asked.recent)}` }],
  };
  return {
    id: 'runs-over-time',
    title: 'Whole runs over time',
    text: times.length === 0 ? ['No run has ended in this time.'] : [],
    charts: [chart],
  };
}

export function pathSection(rows: readonly CriticalPathByAgentRow[]): Section {
  const agents = [...grouped(rows, ({ agent_id }) => agent_id)]
    .toSorted(([, a], [, b]) => (b[0]?.runs ?? 0) - (a[0]?.runs ?? 0))
    .slice(0, PATH_AGENTS);
  const kinds = [...new Set(rows.map(({ category }) => category))];
  const first = agents[0]?.[1].toSorted((a, b) => b.share - a.share)[0];
  const chart: Chart = {
    is: 'bars',
    layout: 'lying',
    isStacked: true,
    title: 'Wall time of a run by what it was spent on, parallel branches counted once',
    alt:
      first === undefined
        ? 'No run has ended.'
        : `${first.agent_id} spends ${showValue(first.share, 'share')} of a run on ${pathWords(first.category)}.`,
    unit: 'ms',
    categories: agents.map(([agent]) => agent),
    series: kinds.map((kind) => ({
      name: pathWords(kind),
      values: agents.map(
        ([, path]) => path.find(({ category }) => category === kind)?.ms_per_run ?? 0,
      ),
    })),
  };
  return {
    id: 'where-time-goes',
    title: `Where the time of a run goes (the newest ${PATH_RUNS} runs)`,
    text: agents.length === 0 ? ['No run has ended in this time.'] : [],
    charts: [chart],
  };
}

function pathWords(category: string): string {
  return category === 'agent'
    ? 'own work'
    : category === 'person'
      ? 'waiting for a person'
      : category;
}
