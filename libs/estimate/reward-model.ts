// Expected reward of each option in each case, learnt from the log: the model half of a doubly
// robust estimate. A wrong model costs precision there, never truth, as long as propensities hold.
// Guarantees: a decision's own reward, and those of its run, never enter its prediction (five folds
// by run); the same log gives the same model.
// Example: const predict = crossFit(decisions); predict(0, 'voucher')
import type { LoggedDecision } from './logged-decision.ts';

/** Predicted reward of an option in the case of the decision at this place in the log. */
export type Predict = (at: number, label: string) => number;

type Line = { readonly n: number; readonly mean: number; readonly slopes: Float64Array | null };
type Model = { readonly byLabel: ReadonlyMap<string, Line>; readonly mean: number };

const FOLDS = 5;
/** Fewer decisions than this per feature: the option's mean serves. */
const PER_FEATURE = 10;
const FEATURES_MAX = 20;
/** Of the ridge, in units of one observation of standardised features. */
const RIDGE = 1;

export function crossFit(log: readonly LoggedDecision[]): Predict {
  const foldOf = foldsByRun(log);
  const rows = standardised(log);
  const models = Array.from({ length: FOLDS }, (_, fold) =>
    fit(log, rows, (at) => foldOf[at] !== fold),
  );
  return (at, label) => {
    const model = models[foldOf[at] ?? 0];
    if (model === undefined) return 0;
    const line = model.byLabel.get(label);
    if (line === undefined) return model.mean;
    const row = rows[at];
    if (line.slopes === null || row === undefined) return line.mean;
    return row.reduce((sum, x, k) => sum + x * (line.slopes?.[k] ?? 0), 0);
  };
}

/** Runs in order of appearance, dealt out to the folds. */
function foldsByRun(log: readonly LoggedDecision[]): readonly number[] {
  const folds = new Map<string, number>();
  return log.map(({ run_id }) => {
    const known = folds.get(run_id) ?? folds.size % FOLDS;
    folds.set(run_id, known);
    return known;
  });
}

/** One row per decision: 1, then its features with mean 0 and deviation 1; unknown ones as 0. */
function standardised(log: readonly LoggedDecision[]): readonly Float64Array[] {
  const names = new Set<string>();
  for (const { features = {} } of log) for (const name of Object.keys(features)) names.add(name);
  const kept = [...names].toSorted().slice(0, FEATURES_MAX);
  const valueOf = (one: LoggedDecision, name: string): number | null | undefined =>
    one.features?.[name];
  const scales = kept.map((name) => {
    const values = log.map((one) => valueOf(one, name)).filter((x) => isNumber(x));
    const mean = values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
    const square = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return { name, mean, deviation: Math.sqrt(square / Math.max(1, values.length)) };
  });
  const telling = scales.filter(({ deviation }) => deviation > 0);
  return log.map((one) =>
    Float64Array.of(
      1,
      ...telling.map(({ name, mean, deviation }) => {
        const x = valueOf(one, name);
        return isNumber(x) ? (x - mean) / deviation : 0;
      }),
    ),
  );
}

const isNumber = (x: number | null | undefined): x is number =>
  typeof x === 'number' && Number.isFinite(x);

function fit(
  log: readonly LoggedDecision[],
  rows: readonly Float64Array[],
  isIn: (at: number) => boolean,
): Model {
  const places = new Map<string, number[]>();
  let sum = 0;
  let n = 0;
  log.forEach((one, at) => {
    if (!isIn(at) || one.reward === null) return;
    sum += one.reward;
    n += 1;
    const group = places.get(one.chosen);
    if (group === undefined) places.set(one.chosen, [at]);
    else group.push(at);
  });
  const mean = n > 0 ? sum / n : 0;
  const byLabel = new Map<string, Line>();
  for (const [label, group] of places) {
    const rewards = group.map((at) => log[at]?.reward ?? 0);
    const own = rewards.reduce((total, reward) => total + reward, 0) / group.length;
    const width = rows[0]?.length ?? 1;
    const enough = width > 1 && group.length >= PER_FEATURE * width;
    const xs = group.map((at) => rows[at] ?? new Float64Array(width));
    byLabel.set(label, {
      n: group.length,
      mean: own,
      slopes: enough ? ridge(xs, rewards) : null,
    });
  }
  return { byLabel, mean };
}

/** (X'X + ridge) b = X'y by Cholesky; the constant is not shrunk. */
function ridge(xs: readonly Float64Array[], ys: readonly number[]): Float64Array {
  const width = xs[0]?.length ?? 0;
  const a = Array.from({ length: width }, () => new Float64Array(width));
  const b = new Float64Array(width);
  xs.forEach((x, at) => {
    for (let row = 0; row < width; row += 1) {
      b[row] = (b[row] ?? 0) + (x[row] ?? 0) * (ys[at] ?? 0);
      for (let column = 0; column <= row; column += 1) {
        add(a, row, column, (x[row] ?? 0) * (x[column] ?? 0));
      }
    }
  });
  for (let row = 0; row < width; row += 1) add(a, row, row, row === 0 ? 1e-9 : RIDGE);
  return solve(a, b);
}

function add(matrix: readonly Float64Array[], row: number, column: number, value: number): void {
  const line = matrix[row];
  if (line !== undefined) line[column] = (line[column] ?? 0) + value;
}

/** Solves a positive definite system, given its lower triangle. */
function solve(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const width = b.length;
  const at = (row: number, column: number): number => a[row]?.[column] ?? 0;
  for (let row = 0; row < width; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = at(row, column);
      for (let k = 0; k < column; k += 1) sum -= at(row, k) * at(column, k);
      const line = a[row];
      if (line !== undefined)
        line[column] = row === column ? Math.sqrt(sum) : sum / at(column, column);
    }
  }
  const x = Float64Array.from(b);
  for (let row = 0; row < width; row += 1) {
    for (let k = 0; k < row; k += 1) x[row] = (x[row] ?? 0) - at(row, k) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / at(row, row);
  }
  for (let row = width - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < width; k += 1) x[row] = (x[row] ?? 0) - at(k, row) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / at(row, row);
  }
  return x;
}
