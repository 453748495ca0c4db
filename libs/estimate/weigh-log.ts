// Weighs a log for a policy it was not made by, and says where the log cannot carry that: missing
// or wrong propensities, choices without chance, options that were never open, too few that count.
// Guarantees: refuses in words before any estimate is made; what is left out is counted.
// Example: weighLog(log, always('voucher').policy, FLOORS) → { state: 'weighed', rows, ess: 412 }
import { insufficient, unfit, type Insufficient } from './insufficient.ts';
import { loggedShare, type LoggedDecision, type TargetPolicy } from './logged-decision.ts';

export type Floors = {
  /** Least decisions with a known reward and propensity. */
  readonly n: number;
  /** Least effective sample size. */
  readonly ess: number;
  /** Most share of decisions whose propensities are missing or contradict themselves. */
  readonly unsound: number;
  /** Most share of the policy's choices that the log could not have made. */
  readonly uncovered: number;
};

export const FLOORS: Floors = { n: 200, ess: 100, unsound: 0.01, uncovered: 0.01 };

export type WeightedRow = {
  readonly decision: LoggedDecision;
  readonly reward: number;
  /** Target's share of the chosen option over its propensity. */
  readonly weight: number;
  readonly shares: ReadonlyMap<string, number>;
};

export type WeighedLog = {
  readonly state: 'weighed';
  readonly rows: readonly WeightedRow[];
  /** Kish's effective sample size: (sum of weights)² over the sum of their squares. */
  readonly ess: number;
  readonly weightMean: number;
  readonly weightMax: number;
  /** Decisions whose reward has not come. */
  readonly waiting: number;
  /** Decisions left out for their propensities, at most `unsound` of all. */
  readonly leftOut: number;
  /** Decisions the policy has no say on. */
  readonly outOfScope: number;
};

export function weighLog(
  log: readonly LoggedDecision[],
  policy: TargetPolicy,
  floors: Floors = FLOORS,
): WeighedLog | Insufficient {
  const known = log.filter(({ reward }) => reward !== null && Number.isFinite(reward));
  if (known.length < floors.n) return insufficient(known.length, floors.n);
  const sound = known.filter(isSound);
  const refusal = whyNot(known, sound, floors);
  if (refusal !== null) return refusal;
  const rows: WeightedRow[] = [];
  let uncovered = 0;
  for (const decision of sound) {
    const shares = policy(decision);
    if (shares === null) continue;
    uncovered += uncoveredShare(decision, shares);
    const weight = (shares.get(decision.chosen) ?? 0) / (decision.propensity ?? 1);
    rows.push({ decision, reward: decision.reward ?? 0, weight, shares });
  }
  if (rows.length < floors.n) return insufficient(rows.length, floors.n, 'decisions it applies to');
  const gap = uncovered / rows.length;
  if (gap > floors.uncovered) {
    const percent = Math.max(1, Math.round(100 * gap));
    return unfit(
      `no overlap: ${percent} % of the choices it would make were never open to chance`,
      Math.round(rows.length * (1 - gap)),
      Math.ceil(rows.length * (1 - floors.uncovered)),
    );
  }
  return checkWeights(rows, floors, {
    waiting: log.length - known.length,
    leftOut: known.length - sound.length,
    outOfScope: sound.length - rows.length,
  });
}

/** A propensity is there, is one, and agrees with the list of options. */
function isSound(decision: LoggedDecision): boolean {
  const { propensity, alternatives, chosen } = decision;
  if (propensity === null || !(propensity > 0 && propensity <= 1)) return false;
  const listed = alternatives.map((each) => each.propensity).filter((each) => each !== null);
  if (listed.length === 0) return true;
  const sum = listed.reduce((total, each) => total + each, 0);
  const own = alternatives.find(({ label }) => label === chosen)?.propensity ?? propensity;
  return Math.abs(sum - 1) < 0.02 && Math.abs(own - propensity) < 0.01;
}

function whyNot(
  known: readonly LoggedDecision[],
  sound: readonly LoggedDecision[],
  floors: Floors,
): Insufficient | null {
  const n = known.length;
  const needed = Math.ceil(n * (1 - floors.unsound));
  if (sound.length < needed) {
    const missing = known.filter(({ propensity }) => propensity === null).length;
    return missing >= n - sound.length - missing
      ? unfit(`${missing} of ${n} decisions carry no propensity`, n - missing, needed)
      : unfit(
          `the propensities of ${n - sound.length} of ${n} decisions contradict themselves`,
          sound.length,
          needed,
        );
  }
  const byChance = sound.filter(({ propensity }) => (propensity ?? 1) < 0.999).length;
  if (byChance < n * floors.unsound) {
    return unfit('the choices were made without chance (propensity 1)', byChance, floors.n);
  }
  return null;
}

/** Share of the target's choices that had no chance to be logged. */
function uncoveredShare(decision: LoggedDecision, shares: ReadonlyMap<string, number>): number {
  let gap = 0;
  for (const [label, share] of shares) {
    if (share > 0 && !((loggedShare(decision, label) ?? 0) > 0)) gap += share;
  }
  return gap;
}

function checkWeights(
  rows: readonly WeightedRow[],
  floors: Floors,
  counts: Pick<WeighedLog, 'waiting' | 'leftOut' | 'outOfScope'>,
): WeighedLog | Insufficient {
  const n = rows.length;
  const sum = rows.reduce((total, { weight }) => total + weight, 0);
  const squares = rows.reduce((total, { weight }) => total + weight * weight, 0);
  const ess = squares > 0 ? (sum * sum) / squares : 0;
  if (ess < floors.ess) return insufficient(Math.floor(ess), floors.ess, 'effective decisions');
  const weightMean = sum / n;
  const error = Math.sqrt(Math.max(0, squares / n - weightMean ** 2) / n);
  // Weights average 1 where the propensities are true: each is a probability over the one it had.
  if (Math.abs(weightMean - 1) > Math.max(0.05, 4 * error)) {
    return unfit(
      `the propensities do not fit the choices: weights average ${weightMean.toFixed(2)}, not 1`,
      Math.round(n * Math.min(weightMean, 1)),
      n,
    );
  }
  const weightMax = rows.reduce((most, { weight }) => Math.max(most, weight), 0);
  return { state: 'weighed', rows, ess, weightMean, weightMax, ...counts };
}
