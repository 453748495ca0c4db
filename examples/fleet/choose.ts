// Choices by chance that say their odds: what was drawn, and how likely each option was to be. Logs
// of such choices carry estimates of what another policy would have brought.
// Guarantees: the propensities are those of the draw, above 0, and add up to 1.
// Example: chooseBy(dice, [['refund_full', 1.2], ['voucher', 0.4]], { epsilon: 0.05 }).chosen
import type { AlternativeFields } from '@agentspine/sdk/fields';
import type { Dice } from './dice.ts';

export type Choice<L extends string> = {
  readonly chosen: L;
  readonly propensity: number;
  readonly alternatives: readonly (AlternativeFields & { readonly label: L })[];
};

/** Softmax over the scores, mixed with one draw in `1 / epsilon` that asks no score. */
export function chooseBy<L extends string>(
  dice: Dice,
  scores: readonly (readonly [L, number])[],
  { epsilon }: { readonly epsilon: number },
): Choice<L> {
  const top = Math.max(...scores.map(([, score]) => score));
  const weights = scores.map(([, score]) => Math.exp(score - top));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const alternatives = scores.map(([label, score], at) => ({
    label,
    score,
    propensity: (1 - epsilon) * ((weights[at] ?? 0) / sum) + epsilon / scores.length,
  }));
  let left = dice.float();
  const drawn = alternatives.find(({ propensity }) => (left -= propensity) < 0);
  // The propensities add up to 1 but for rounding, which is the last option's.
  const { label: chosen, propensity } = drawn ?? alternatives[alternatives.length - 1] ?? none();
  return { chosen, propensity, alternatives };
}

function none(): never {
  throw new RangeError('nothing to choose from');
}
