// Shifts with a planted cause, run by run: a release, prompt or model that behaves otherwise, a
// tool, tenant or source of data whose runs change; and something else that arrives beside it
// without any effect.
// Guarantees: the truth is known; the question and its answer are those the sentinel gets.
// Example: causeCase(diceOf(1)) // { truth: { dimension: 'model', value: 'model-new' }, cells }
import type { JointCell } from '@agentspine/drift/causes';
import type { Dice } from './dice.ts';

const DIMENSIONS = {
  agent_version: 2,
  prompt_version: 2,
  model: 3,
  tool: 6,
  tenant: 4,
  data_source: 4,
} as const;
type Name = keyof typeof DIMENSIONS;
const NAMES = Object.keys(DIMENSIONS) as Name[];
/** What arrives as a new value; the others change their ways under an old one. */
const ARRIVING: readonly Name[] = ['agent_version', 'prompt_version', 'model'];

export type CauseCase = {
  readonly truth: { readonly dimension: Name; readonly value: string };
  readonly cells: readonly JointCell[];
};

export function causeCase(dice: Dice): CauseCase {
  const mixes = new Map(
    NAMES.map((name) => [
      name,
      dice.around(
        Array.from({ length: DIMENSIONS[name] }, () => 1 / DIMENSIONS[name]),
        20,
      ),
    ]),
  );
  const dimension = dice.pick(NAMES);
  const arrives = ARRIVING.includes(dimension);
  // Something else that changes without effect: another arrival, in part of the runs.
  const bystander = dice.pick(ARRIVING.filter((name) => name !== dimension));
  const share = dice.between(0.4, 1);
  const bystanderShare = dice.between(0.1, 0.6);
  const largest = (shares: readonly number[]): number => shares.indexOf(Math.max(...shares));
  const value = arrives ? 'new' : `${largest(mixes.get(dimension) ?? [])}`;
  const before = dice.around([0.3, 0.25, 0.2, 0.15, 0.1], 40);
  const after = shifted(before, dice.between(0.25, 0.45));
  const counts = new Map<string, JointCell & { n: number }>();
  for (const [period, runs] of [
    ['reference', 3_000 + 6_000 * dice.uniform()],
    ['current', 400 + 1_200 * dice.uniform()],
  ] as const) {
    for (let run = 0; run < runs; run += 1) {
      const facts = NAMES.map((name) => {
        const isNew =
          period === 'current' && arrives && name === dimension && dice.uniform() < share;
        const isAside =
          period === 'current' && name === bystander && dice.uniform() < bystanderShare;
        return [name, isNew || isAside ? 'new' : `${draw(mixes.get(name) ?? [], dice)}`] as const;
      });
      const hit =
        period === 'current' && facts.some(([name, own]) => name === dimension && own === value);
      const cell = `${draw(hit ? after : before, dice)}`;
      for (const [name, own] of [['', ''] as const, ...facts]) {
        const key = [period, name, own, cell].join(' ');
        const known = counts.get(key) ?? { period, dimension: name, value: own, cell, n: 0 };
        known.n += 1;
        counts.set(key, known);
      }
    }
  }
  return { truth: { dimension, value }, cells: [...counts.values()] };
}

/** Points from the first value to the last. */
function shifted(shares: readonly number[], by: number): number[] {
  const moved = Math.min(by, shares[0] ?? 0);
  return shares.map((share, at) => {
    if (at === 0) return share - moved;
    return at === shares.length - 1 ? share + moved : share;
  });
}

function draw(shares: readonly number[], dice: Dice): number {
  let rest = dice.uniform();
  for (const [at, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return at;
  }
  return shares.length - 1;
}
