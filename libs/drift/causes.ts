// Which value of which dimension explains a shift? For each candidate: how much of the shift is
// gone when its runs are left out of both periods.
// Guarantees: a dimension whose values neither changed their share nor behave differently explains
// 0; shares are between 0 and 1, one value per dimension, ranked. Shares of different dimensions
// may add to more than 1: what always comes together cannot be told apart.
// The question is that of R. Bhagwan et al., "Adtributor", NSDI 2014 (explanatory power of an
// element); leaving out replaces its score, for it needs no forecast and sees mixes as well.
// Example: rankCauses(cells) // [{ dimension: 'agent_version', value: '2.1', share: 0.94 }, …]
import { total } from './distances.ts';

/**
 * Runs of one period with one value of a candidate dimension, by cell of the shifted dimension. An
 * empty dimension stands for all runs: a run may have several tools, or none.
 */
export type JointCell = {
  readonly period: 'reference' | 'current';
  readonly dimension: string;
  readonly value: string;
  readonly cell: string;
  readonly n: number;
};

export type Cause = { readonly dimension: string; readonly value: string; readonly share: number };

/** Fewer runs than this beside a value do not show what happens without it. */
const REST_MIN = 30;
const REST_SHARE_MIN = 0.05;
/** Below this, a share is noise. */
const SHARE_MIN = 0.1;

export function rankCauses(cells: readonly JointCell[]): readonly Cause[] {
  const names = [...new Set(cells.map(({ cell }) => cell))];
  const index = new Map(names.map((name, at) => [name, at]));
  const dimensions = Map.groupBy(
    cells.filter(({ n }) => n > 0),
    ({ dimension }) => dimension,
  );
  const whole = sidesOf(dimensions.get('') ?? [], index);
  const shift = distance(whole);
  const found = [...dimensions].flatMap(([dimension, rows]) => {
    if (dimension === '' || !(shift > 0)) return [];
    const cause = strongestOf(dimension, rows, { index, whole, shift });
    return cause === undefined ? [] : [cause];
  });
  return found
    .filter(({ share }) => share >= SHARE_MIN)
    .toSorted((a, b) => b.share - a.share || b.growth - a.growth)
    .map(({ dimension, value, share }) => ({ dimension, value, share }));
}

type Candidate = Cause & { readonly growth: number };

type Sides = { readonly reference: number[]; readonly current: number[] };

function strongestOf(
  dimension: string,
  rows: readonly JointCell[],
  { index, whole, shift }: { index: ReadonlyMap<string, number>; whole: Sides; shift: number },
): Candidate | undefined {
  let best: Candidate | undefined;
  for (const [value, own] of Map.groupBy(rows, (row) => row.value)) {
    const part = sidesOf(own, index);
    const growth =
      total(part.current) / total(whole.current) - total(part.reference) / total(whole.reference);
    const share = shareOf(whole, part, shift, growth);
    if (
      best === undefined ||
      share > best.share ||
      (share === best.share && growth > best.growth)
    ) {
      best = { dimension, value, share, growth };
    }
  }
  return best;
}

/** How much of the shift goes away with a part; where nothing is left, how much of it is new. */
function shareOf(whole: Sides, part: Sides, shift: number, growth: number): number {
  const without = (side: 'reference' | 'current'): number[] =>
    whole[side].map((n, at) => n - (part[side][at] ?? 0));
  const rest = { reference: without('reference'), current: without('current') };
  const left = Math.min(total(rest.current), total(rest.reference));
  const thin = left < REST_MIN || total(rest.current) < REST_SHARE_MIN * total(whole.current);
  if (thin) return Math.min(1, Math.max(0, growth));
  return Math.min(1, Math.max(0, 1 - distance(rest) / shift));
}

function sidesOf(rows: readonly JointCell[], index: ReadonlyMap<string, number>): Sides {
  const blank = (): number[] => Array.from({ length: index.size }, () => 0);
  const sides = { reference: blank(), current: blank() };
  for (const { period, cell, n } of rows) {
    const at = index.get(cell) ?? 0;
    sides[period][at] = (sides[period][at] ?? 0) + n;
  }
  return sides;
}

/** Squared distance of the shares, less what chance alone would give; at least 0. */
function distance({ reference, current }: Sides): number {
  const [nr, nc] = [total(reference), total(current)];
  if (!(nr > 0) || !(nc > 0)) return 0;
  let sum = 0;
  for (const [at, n] of reference.entries()) {
    const [pr, pc] = [n / nr, (current[at] ?? 0) / nc];
    sum += (pc - pr) ** 2 - (pr * (1 - pr)) / nr - (pc * (1 - pc)) / nc;
  }
  return Math.max(0, sum);
}
