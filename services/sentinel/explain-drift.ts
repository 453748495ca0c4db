// Causes and example runs for what was found: joint counts of the shifted dimension and everything
// that might explain it, asked for findings alone.
// Guarantees: at most FINDINGS_MAX questions a round, alerts first; a finding without an answer
// keeps its place without causes.
// Example: const explained = await explain(clickHouse, results)
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { type DriftResult, jointOf, type JointRow } from '@agentspine/clickhouse/drift-store';
import { rankCauses } from '@agentspine/drift/causes';
import { tellsItself } from '@agentspine/drift/dimensions';

const FINDINGS_MAX = 40;
const CAUSES_MAX = 5;
const EXAMPLES_MAX = 5;

export async function explain(
  clickHouse: ClickHouse,
  results: readonly DriftResult[],
): Promise<readonly DriftResult[]> {
  const found = results
    .filter(({ state, method }) => isFound(state) && method !== 'change_point')
    .toSorted((a, b) => Number(b.state === 'alert') - Number(a.state === 'alert'))
    .slice(0, FINDINGS_MAX);
  const explained = new Map<DriftResult, DriftResult>();
  for (const result of found) explained.set(result, await explainOne(clickHouse, result));
  return results.map((result) => explained.get(result) ?? result);
}

const isFound = (state: string): boolean => state === 'warn' || state === 'alert';

async function explainOne(clickHouse: ClickHouse, result: DriftResult): Promise<DriftResult> {
  const rows = await jointOf(clickHouse, {
    tenant: result.tenant_id,
    agent: result.agent_id,
    dimension: result.dimension,
    reference: { startMs: result.reference_start_s * 1_000, endMs: result.reference_end_s * 1_000 },
    window: { startMs: result.window_start_s * 1_000, endMs: result.window_end_s * 1_000 },
  });
  const example_runs = examplesOf(result, rows);
  // A value that was never there explains itself.
  if (result.method === 'unseen') return { ...result, example_runs };
  const candidates = rows.filter(
    ({ dimension }) => dimension === '' || !tellsItself(result.dimension, dimension),
  );
  const causes = rankCauses(candidates).slice(0, CAUSES_MAX);
  const [first] = causes;
  const because =
    first === undefined
      ? ''
      : `; ${first.dimension} ${first.value} explains ${(100 * first.share).toFixed(0)} % of it`;
  return { ...result, causes, example_runs, words: `${result.words}${because}` };
}

/** Runs of the cell whose share grew most; of an unseen value, the runs that have it. */
function examplesOf(result: DriftResult, rows: readonly JointRow[]): readonly string[] {
  const whole = rows.filter(({ dimension }) => dimension === '');
  if (result.method === 'unseen') {
    const values = new Set(result.contributors.map(({ value }) => value));
    return whole
      .filter(({ cell }) => values.has(cell))
      .flatMap(({ examples }) => examples)
      .slice(0, EXAMPLES_MAX);
  }
  const sizeOf = (period: string, cell?: string): number =>
    whole
      .filter((row) => row.period === period && (cell === undefined || row.cell === cell))
      .reduce((sum, { n }) => sum + n, 0);
  const [now, then] = [sizeOf('current'), sizeOf('reference')];
  const grown = whole
    .filter(({ period }) => period === 'current')
    .map((row) => ({
      row,
      growth: row.n / now - sizeOf('reference', row.cell) / Math.max(1, then),
    }))
    .toSorted((a, b) => b.growth - a.growth);
  return grown[0]?.row.examples.slice(0, EXAMPLES_MAX) ?? [];
}
