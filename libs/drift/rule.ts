// The numbers of the drift rule, each with its reason; docs/drift.md says what they cost and bring.
// Guarantees: one place for every threshold; a caller may replace any of them by name.
// Example: const rule = { ...DEFAULT_RULE, windowsHours: [24] }

export type Rule = {
  /** Windows that end now, each judged where its floor is met. */
  readonly windowsHours: readonly number[];
  /** Full days behind a window that it is compared with. */
  readonly referenceDays: number;
  /** Days from which the agent's own fluctuation is learnt. */
  readonly calibrationDays: number;
  /** A reference of fewer days with data says nothing about how days differ. */
  readonly daysMin: number;
  /** Fewest runs of a window: this many, and perCell for every category beyond the first. */
  readonly currentMin: number;
  readonly perCell: number;
  readonly referenceMin: number;
  /** Categories below this share of the reference are one: __other__. */
  readonly shareMin: number;
  /** Level of all tests of a day together. */
  readonly alpha: number;
  /** Chance to see a shift of the size below where one is; else a window is not called ok. */
  readonly power: number;
  /** Sizes that must be seen for an ok: points of a share, factor of a rate, sigmas of a number. */
  readonly visible: { readonly share: number; readonly ratio: number; readonly sigmas: number };
  readonly psi: Level;
  readonly linf: Level;
  readonly ratio: Level;
  /** A rate that moves by less than this is not worth a word, whatever the factor. */
  readonly rateMin: number;
  readonly wasserstein: Level;
  /** From so many own windows on, thresholds rise to their mean + 3 sigma. */
  readonly ownWindowsMin: number;
  /** Windows in a row, an hour apart, that must say the same. */
  readonly consecutive: number;
};

export type Level = { readonly warn: number; readonly alert: number };

export const DEFAULT_RULE: Rule = {
  windowsHours: [1, 4, 24],
  referenceDays: 7,
  calibrationDays: 28,
  daysMin: 3,
  currentMin: 200,
  perCell: 30,
  referenceMin: 1_000,
  shareMin: 0.01,
  alpha: 0.05,
  power: 0.99,
  visible: { share: 0.15, ratio: 2, sigmas: 0.4 },
  // PSI alone misses 15 points that one value loses to all others evenly: its index is 0.10.
  psi: { warn: 0.1, alert: 0.25 },
  linf: { warn: 0.1, alert: 0.25 },
  ratio: { warn: 1.5, alert: 2 },
  rateMin: 0.005,
  wasserstein: { warn: 0.1, alert: 0.3 },
  ownWindowsMin: 14,
  consecutive: 2,
};
