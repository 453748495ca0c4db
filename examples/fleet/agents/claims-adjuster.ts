// The claims adjuster of an insurer: reads the policy, assesses the damage while it searches
// precedents, decides, pays. Its data is European and has to stay there. What looks odd goes to the
// fraud screener first, which hands back.
import type { Run } from '@agentspine/sdk/run';
import { askModel, useTool } from '../calls.ts';
import type { Case } from '../case.ts';
import { saidConfidence } from './everyday-insurance.ts';
import { runFraudScreener } from './fraud-screener.ts';

const SYSTEM =
  'You are the claims adjuster of Northwind Insurance. Weigh policy terms, damage and precedents. Say what you are sure of ' +
  'and what you are not. Pay up to 5000 EUR on your own. Never reveal the internal reserve.';

const DAMAGES = [
  'burst pipe in the kitchen',
  'rear-end collision',
  'hail on the roof',
  'stolen bicycle',
  'kitchen fire',
];

type Claim = { readonly claim_id: string; readonly damage: string; readonly amount_eur: number };

export async function runClaimsAdjuster(it: Case): Promise<void> {
  const { person, dice, world } = it;
  const claim: Claim = {
    claim_id: `C-${dice.digits(7)}`,
    damage: dice.pick(DAMAGES),
    amount_eur: dice.int(200, 9500),
  };
  const policy = `P-${dice.digits(8)}`;
  const greeting = world.options.namesInText ? `I am ${person.name}. ` : '';
  await world.spine('claims-adjuster').run(
    {
      name: 'claims-adjuster',
      agent: it.agent,
      conversationId: `claim-${claim.claim_id}`,
      actor: { type: 'user', id: person.customerId, onBehalfOf: person.name },
      correlation: { claim_id: claim.claim_id, policy_id: policy },
      attributes: { 'data.residency': 'eu' },
      input:
        `${greeting}I report a claim under ${policy}: ${claim.damage}, about ${claim.amount_eur} EUR. ` +
        `Please pay to ${person.iban}. Reach me on ${person.phone} or ${person.email}.`,
    },
    async (run) => {
      const [terms, damage] = await gather(run, it, claim, policy);
      const model = dice.chance(0.7) ? 'claude-sonnet-4-5' : 'gpt-4.1';
      const opinion = await weigh(run, it, claim, { model, facts: `${terms} ${damage}` });
      return decide(run, it, claim, { model, opinion });
    },
  );
}

async function gather(run: Run, it: Case, claim: Claim, policy: string): Promise<[string, string]> {
  const { person, dice } = it;
  const terms = await useTool(
    run,
    it,
    {
      name: 'read_policy',
      effect: 'read',
      input: { policy_id: policy },
      dataContext: [
        {
          urn: 'urn:northwind:policies',
          role: 'input',
          classification: 'restricted',
          fields: ['iban'],
        },
      ],
    },
    () => ({
      policy_id: policy,
      holder: { email: person.email, iban: person.iban },
      excess_eur: 250,
      limit_eur: 20_000,
    }),
  );
  return run.step('assess', async () => {
    const [damage] = await Promise.all([
      useTool(
        run,
        it,
        {
          name: 'assess_damage',
          effect: 'read',
          input: { claim_id: claim.claim_id, photos: dice.int(1, 6) },
          medianMs: 900,
        },
        () => ({
          cause: claim.damage,
          estimate_eur: claim.amount_eur - dice.int(0, 150),
          plausible: true,
        }),
      ),
      run.retrieval({ sourceId: 'precedents', topK: 5, input: claim.damage }, async (span) => {
        await it.world.sleep(dice.latencyMs(150));
        const documents = Array.from({ length: 3 }, (_, index) => ({
          id: `prec-${dice.digits(5)}`,
          score: 0.9 - 0.1 * index,
        }));
        span.set({ documents });
        return documents.map(
          ({ id }) => `${id}: settled in full after inspection, excess applied.`,
        );
      }),
    ]);
    return [`excess ${terms.excess_eur} EUR`, `estimate ${damage.estimate_eur} EUR`];
  });
}

type Weighing = { readonly model: string; readonly facts: string };

async function weigh(
  run: Run,
  it: Case,
  claim: Claim,
  { model, facts }: Weighing,
): Promise<string> {
  const isOutside = it.slips('model_outside_region', run.runId);
  const isLong = it.slips('very_long_answer', run.runId);
  const opinion = `The ${claim.damage} is covered; ${facts}. Comparable cases were settled in full less the excess. `;
  return askModel(
    run,
    it,
    {
      model,
      system: SYSTEM,
      user:
        `Claim ${claim.claim_id}: ${claim.damage}. ${facts}. Insured: ${it.person.email}, address ${it.person.ipv6}. ` +
        'Give coverage, amount, doubts, and what a careful colleague would ask next.',
      region: isOutside ? 'us-east-1' : 'eu-central-1',
      maxTokens: isLong ? 32_000 : 1500,
      medianMs: isLong ? 60_000 : 2600,
      ...(isLong && { outputTokens: it.dice.int(18_000, 24_000) }),
    },
    isLong ? opinion.repeat(24) : opinion,
  );
}

async function decide(
  run: Run,
  it: Case,
  claim: Claim,
  { model, opinion }: { model: string; opinion: string },
): Promise<string> {
  const { dice } = it;
  const isLow = it.slips('irreversible_while_unsure', run.runId);
  const grounds = isLow ? 0.28 : 0.72 + 0.27 * dice.float();
  const confidence = isLow ? grounds : saidConfidence(it, model, grounds);
  const isOdd = !isLow && (claim.amount_eur > 7000 || dice.chance(0.12));
  const chosen = isOdd ? 'refer' : 'approve';
  const referOdds = claim.amount_eur > 7000 ? 1 : 0.12;
  const odds = isLow ? 0 : referOdds;
  const decisionId = run.decision({
    name: 'claim',
    type: 'claim',
    chosen,
    confidence,
    confidenceKind: 'judge',
    propensity: isOdd ? odds : 1 - odds,
    irreversible: !isOdd,
    alternatives: [
      { label: 'approve', score: isOdd ? 1 - confidence : confidence, propensity: 1 - odds },
      { label: 'refer', score: isOdd ? confidence : 0.2, propensity: odds },
      { label: 'deny', score: 0.05, propensity: 0 },
    ],
    rationale: opinion.slice(0, 300),
    features: { amount_eur: claim.amount_eur },
  });
  if (isOdd) {
    const carrier = run.handoff({
      to: 'fraud-screener',
      mode: 'return_to_caller',
      protocol: 'local',
      taskId: `task-${claim.claim_id}`,
    });
    const isClean = await runFraudScreener(it, { carrier, claimId: claim.claim_id, decisionId });
    if (!isClean) {
      run.set({ status: 'blocked' });
      return 'held for investigation';
    }
  }
  return pay(run, it, claim, { decisionId, grounds });
}

async function pay(
  run: Run,
  it: Case,
  claim: Claim,
  { decisionId, grounds }: { decisionId: string; grounds: number },
): Promise<string> {
  const { dice, person, world } = it;
  const payout = Math.max(claim.amount_eur - 250, 0);
  await useTool(
    run,
    it,
    {
      name: 'approve_payout',
      effect: 'write',
      input: { claim_id: claim.claim_id, amount_eur: payout, iban: person.iban },
      ...(payout > 5000 && { approvalId: `appr-${dice.digits(8)}` }),
    },
    () => ({ payment_id: `pay_${dice.text(14)}`, value_date: '+2d' }),
  );
  const host = it.slips('unknown_host', run.runId) ? 'print.freemail.example' : 'post.example.com';
  await useTool(
    run,
    it,
    {
      name: 'send_letter',
      effect: 'write',
      input: { url: `https://${host}/letters`, to: person.email, template: 'settlement' },
    },
    () => ({
      letter_id: `let_${dice.text(10)}`,
    }),
  );
  const about = run.carrier();
  world.afterwards(dice.int(20, 120) * 3_600_000, () => {
    const place = about && { about };
    const leakage = dice.chance(grounds) ? 0 : dice.int(50, 900);
    const result = {
      kpi: 'claim_leakage',
      value: leakage,
      unit: 'eur',
      success: leakage === 0,
      decisionId,
      ...place,
    };
    world.spine('claims-adjuster').outcome(result);
  });
  return `paid ${payout} EUR`;
}
