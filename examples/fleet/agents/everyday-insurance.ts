// The short work that makes up most of an insurer's day: a small claim settled at once, a look at
// the devices and the history behind an application. A run is three or four events.
// Guarantees: no personal value is planted and no rule is broken here; an adjuster's confidence is
// how often it is right, until the story of the over-confident model begins.
// Example: await settleSmallClaim(it); await screenDevices(it)
import type { Run } from '@agentspine/sdk/run';
import { askModel, useTool } from '../calls.ts';
import type { Case } from '../case.ts';
import { chooseBy } from '../choose.ts';

const HOUR_MS = 3_600_000;
const BOASTER = 'gpt-4.1';
const SYSTEM =
  'You settle small claims of Northwind Insurance. Say approve, refer or deny, and how sure you are.';

/** What the model says of its confidence, where `grounds` is how often it is right. */
export function saidConfidence(it: Case, model: string, grounds: number): number {
  const isBoast = it.isIn('overconfident-model') && model === BOASTER;
  return isBoast ? 0.92 + 0.07 * it.dice.float() : grounds;
}

export async function settleSmallClaim(it: Case): Promise<void> {
  const { dice, world } = it;
  const claimId = `C-${dice.digits(7)}`;
  const amount = dice.int(20, 480);
  const fields = {
    name: 'claims-adjuster',
    actor: { type: 'user', id: it.person.customerId } as const,
    agent: it.agent,
    attributes: { 'data.residency': 'eu' },
    input: `small claim ${claimId}, ${amount} EUR`,
  };
  await world.spine('claims-adjuster').run(fields, async (run) => {
    const model = dice.chance(0.5) ? 'claude-sonnet-4-5' : BOASTER;
    const question = { model, system: SYSTEM, user: fields.input, region: 'eu-central-1' };
    await askModel(run, it, { ...question, medianMs: 1200 }, 'approve, the terms cover it');
    const right = 0.55 + 0.4 * dice.float();
    const scores = [
      ['approve', 2.5 - amount / 300],
      ['refer', 0.4],
      ['deny', amount / 400 - 1],
    ] as const;
    const decisionId = run.decision({
      ...chooseBy(dice, scores, { epsilon: 0.1 }),
      name: 'small_claim',
      type: 'small_claim',
      confidence: saidConfidence(it, model, right),
      confidenceKind: 'judge',
      features: { amount_eur: amount },
    });
    learnLater(run, it, decisionId, right);
    return 'settled';
  });
}

/** Whether the settlement held: known within hours for most, days later for some. */
function learnLater(run: Run, it: Case, decisionId: string, right: number): void {
  const { dice, world } = it;
  const about = run.carrier();
  const hours = dice.chance(0.8) ? dice.int(1, 6) : dice.int(24, 90);
  const value = dice.chance(right) ? 0 : dice.int(20, 300);
  world.afterwards(hours * HOUR_MS, () => {
    const result = { kpi: 'claim_leakage', value, unit: 'eur', success: value === 0, decisionId };
    world.spine('claims-adjuster').outcome({ ...result, ...(about && { about }) });
  });
}

const SLOW = { tool: 'match_devices', factor: 3 };

export async function screenDevices(it: Case): Promise<void> {
  const { dice, world } = it;
  const application = `N-${dice.digits(7)}`;
  const fields = {
    name: 'fraud-screener',
    actor: { type: 'service', id: 'underwriting' } as const,
    agent: it.agent,
    input: `screen application ${application}`,
  };
  await world.spine('fraud-screener').run(fields, async (run) => {
    const name = dice.chance(0.6) ? SLOW.tool : 'read_claim_history';
    const isSlow = it.isIn('slow-tool') && name === SLOW.tool;
    const medianMs = 240 * (isSlow ? SLOW.factor : 1);
    const use = { name, effect: 'read', input: { application }, medianMs } as const;
    await useTool(run, it, use, () => ({ matches: dice.int(0, 2) }));
    return 'screened';
  });
}
