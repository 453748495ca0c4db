// Makes the history of a failing seed as short as it can: leaves out faults, kinds of call faults,
// records and processes one after the other, as long as something is still violated.
// Guarantees: what it returns did fail, if the seed does; bounded by a number of runs.
// Example: const run = await shortestHistory(42); run.history.join('\n')
import { CALL_FAULTS, scenarioOf, type Scenario } from './scenario.ts';
import type { Mutation } from './services.ts';
import { simulate, type Run } from './simulator.ts';

const RUNS_MAX = 400;

export async function shortestHistory(seed: number, mutation: Mutation | null): Promise<Run> {
  let best = await simulate(seed, mutation, scenarioOf(seed));
  let runs = 1;
  for (let improved = true; improved && runs < RUNS_MAX;) {
    improved = false;
    for (const scenario of shorter(best.scenario)) {
      if (runs++ >= RUNS_MAX) break;
      const run = await simulate(seed, mutation, scenario);
      if (run.violations.length === 0) continue;
      best = run;
      improved = true;
      break;
    }
  }
  return best;
}

/** Every scenario that lacks something, the largest cuts first. */
function* shorter(scenario: Scenario): Generator<Scenario> {
  const { sends, plan, likelihood, workers, sinks } = scenario;
  for (const rest of without(sends)) yield { ...scenario, sends: rest };
  for (const rest of without(plan)) yield { ...scenario, plan: rest };
  for (const fault of CALL_FAULTS) {
    if (likelihood[fault] === 0) continue;
    yield { ...scenario, likelihood: { ...likelihood, [fault]: 0 } };
  }
  if (workers > 1) yield { ...scenario, workers: workers - 1 };
  if (sinks > 1) yield { ...scenario, sinks: sinks - 1 };
  if (scenario.isReprocessed) yield { ...scenario, isReprocessed: false };
}

/** The list with a half, a quarter, … and at last one of it left out. */
function* without<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let size = items.length >> 1 || items.length; size >= 1; size >>= 1) {
    for (let at = 0; at < items.length; at += size) yield items.toSpliced(at, size);
  }
}
