// What off-policy estimates read: a decision that was made by chance with known odds, and what came
// of it; and the policies that could have decided instead.
// Guarantees: a policy's shares over the options of a decision are at least 0 and add up to 1, or
// it says that it does not apply.
// Example: always('voucher')(decision) → Map { 'voucher' => 1 }

export type Option = {
  readonly label: string;
  /** Probability with which the logging policy would have picked it. */
  readonly propensity: number | null;
  readonly score: number | null;
};

export type LoggedDecision = {
  readonly chosen: string;
  /** Probability with which the chosen option was picked. */
  readonly propensity: number | null;
  readonly alternatives: readonly Option[];
  /** What came of it; null while nothing has. */
  readonly reward: number | null;
  readonly confidence?: number | null;
  readonly features?: Readonly<Record<string, number | null>>;
  /** Decisions of one run are not independent. */
  readonly run_id: string;
};

/** Shares of the options of one decision; null where the policy has no say on it. */
export type TargetPolicy = (decision: LoggedDecision) => ReadonlyMap<string, number> | null;

export type NamedPolicy = { readonly words: string; readonly policy: TargetPolicy };

/** The same choice always. */
export const always = (label: string): NamedPolicy => ({
  words: `always ${label}`,
  policy: () => new Map([[label, 1]]),
});

/** The option with the highest score; ties share. */
export const highestScore: NamedPolicy = {
  words: 'always the option with the highest score',
  policy: ({ alternatives }) => {
    const scored = alternatives.filter(({ score }) => score !== null && Number.isFinite(score));
    if (scored.length === 0) return null;
    const top = Math.max(...scored.map(({ score }) => score ?? -Infinity));
    const best = scored.filter(({ score }) => score === top);
    return new Map(best.map(({ label }) => [label, 1 / best.length]));
  },
};

/** Every option alike. */
export const uniform: NamedPolicy = {
  words: 'every option alike',
  policy: ({ alternatives }) =>
    alternatives.length === 0
      ? null
      : new Map(alternatives.map(({ label }) => [label, 1 / alternatives.length])),
};

/** As logged, but one choice where confidence is below a threshold. */
export const whenUnsure = (threshold: number, label: string): NamedPolicy => ({
  words: `${label} where confidence is below ${threshold}, else as before`,
  policy: (decision) => {
    const { confidence } = decision;
    if (confidence === null || confidence === undefined) return null;
    return confidence < threshold ? new Map([[label, 1]]) : asLogged(decision);
  },
});

/** What the logging policy itself would do. */
export function asLogged({ alternatives, chosen, propensity }: LoggedDecision) {
  const shares = new Map(alternatives.map((each) => [each.label, each.propensity ?? 0]));
  if (shares.size === 0 && propensity !== null) shares.set(chosen, propensity);
  return shares;
}

/** Probability with which an option was picked: of the list, else of the decision itself. */
export function loggedShare(decision: LoggedDecision, label: string): number | null {
  if (label === decision.chosen && decision.propensity !== null) return decision.propensity;
  return decision.alternatives.find((each) => each.label === label)?.propensity ?? null;
}
