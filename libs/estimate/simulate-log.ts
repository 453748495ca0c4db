// A log of decisions whose truth is known: what every option would bring on average is given, so an
// estimate can be held against it. For the evaluation and the tests of off-policy estimates.
// Guarantees: rewards are linear in a feature of mean 0, so the value of "always X" is X's base, to
// the digit; the same seed gives the same log.
// Example: simulateLog({ ...SHAPES.money, n: 1_000 }, seeded(7)).filter((d) => d.chosen === 'part')
import type { LoggedDecision } from './logged-decision.ts';
import { normal, type Random } from './random.ts';

export type LogShape = {
  readonly n: number;
  /** Per option: mean reward, and what the feature adds to it. */
  readonly options: Readonly<Record<string, { readonly base: number; readonly slope: number }>>;
  /** How strongly the logging policy goes by its scores: 0 is by dice alone. */
  readonly heat: number;
  /** Share of choices that are made by dice alone: no propensity is below it over the options. */
  readonly dice: number;
  /** Score of each option where the feature is 0, and what the feature adds. */
  readonly scores: Readonly<Record<string, readonly [number, number]>>;
  readonly noise: 'normal' | 'skewed' | 'binary';
  /** Decisions of one run share part of their noise. */
  readonly perRun: number;
};

const OPTIONS = {
  full: { base: 4, slope: -2 },
  part: { base: 6, slope: 1 },
  voucher: { base: 3, slope: 0.5 },
};
const SCORES = { full: [1, -0.5], part: [0.4, 0.3], voucher: [0, 0.6] } as const;

const money: LogShape = {
  n: 1_000,
  options: OPTIONS,
  scores: SCORES,
  heat: 1,
  dice: 0.1,
  noise: 'normal',
  perRun: 1,
};

/** What a log may look like; each with a value of "always part" that is known. */
export const SHAPES = {
  money,
  'skewed money': { ...money, n: 2_000, noise: 'skewed' },
  'yes or no': {
    ...money,
    noise: 'binary',
    options: {
      full: { base: 0.5, slope: -0.05 },
      part: { base: 0.7, slope: 0.05 },
      voucher: { base: 0.4, slope: 0.02 },
    },
  },
  'rare option': { ...money, n: 4_000, heat: 3, dice: 0.2 },
  'four decisions per run': { ...money, n: 2_000, perRun: 4 },
} as const satisfies Readonly<Record<string, LogShape>>;

/** An option so rare that a thousand decisions hold a handful of it. */
export const TOO_RARE: LogShape = { ...money, heat: 6, dice: 0.005 };

/** What the option would bring on average. */
export function trueValue(shape: LogShape, label: string): number {
  return shape.options[label]?.base ?? Number.NaN;
}

export function simulateLog(shape: LogShape, random: Random): readonly LoggedDecision[] {
  const labels = Object.keys(shape.options);
  let shared = 0;
  return Array.from({ length: shape.n }, (_, at) => {
    const run = Math.floor(at / shape.perRun);
    if (at % shape.perRun === 0) shared = shape.perRun > 1 ? normal(random) * 2 : 0;
    const x = Math.max(-3, Math.min(3, normal(random)));
    const shares = sharesOf(shape, labels, x);
    const chosen = draw(labels, shares, random);
    const { base = 0, slope = 0 } = shape.options[chosen] ?? {};
    return {
      chosen,
      propensity: shares.get(chosen) ?? null,
      alternatives: labels.map((label) => ({
        label,
        score: shape.scores[label]?.[0] ?? null,
        propensity: shares.get(label) ?? null,
      })),
      reward: rewardOf(shape, base + slope * x, random) + shared,
      features: { x },
      run_id: `run-${run}`,
    };
  });
}

function sharesOf(shape: LogShape, labels: readonly string[], x: number): Map<string, number> {
  const powers = labels.map((label) => {
    const [constant = 0, slope = 0] = shape.scores[label] ?? [];
    return Math.exp(shape.heat * (constant + slope * x));
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  const even = shape.dice / labels.length;
  return new Map(
    labels.map((label, at) => [label, (1 - shape.dice) * ((powers[at] ?? 0) / sum) + even]),
  );
}

function draw(
  labels: readonly string[],
  shares: ReadonlyMap<string, number>,
  random: Random,
): string {
  let left = random();
  const found = labels.find((label) => (left -= shares.get(label) ?? 0) < 0);
  return found ?? labels[labels.length - 1] ?? '';
}

function rewardOf(shape: LogShape, mean: number, random: Random): number {
  if (shape.noise === 'binary') return random() < mean ? 1 : 0;
  if (shape.noise === 'normal') return mean + 3 * normal(random);
  // Log-normal, shifted to mean 0: most a little below, some far above.
  return mean + 2 * (Math.exp(normal(random)) - Math.exp(0.5));
}
