// The fraud screener: reads, scores and says whether a claim may go on. It may not write; the
// script makes it try.
import type { Carrier } from '@agentspine/sdk/carrier';
import { askModel, useTool } from '../calls.ts';
import { Case } from '../case.ts';

export type Suspicion = {
  readonly carrier: Carrier;
  readonly claimId: string;
  readonly decisionId: string;
};

/** True when the claim may be paid. */
export function runFraudScreener(from: Case, suspicion: Suspicion): Promise<boolean> {
  const it = new Case({
    world: from.world,
    agentId: 'fraud-screener',
    number: from.number,
    dice: from.dice.fork(2),
    home: from.person.home,
  });
  const { dice } = it;
  const fields = {
    name: 'fraud-screener',
    agent: it.agent,
    continuing: suspicion.carrier,
    actor: { type: 'agent', id: 'claims-adjuster' } as const,
    correlation: { claim_id: suspicion.claimId },
  };
  return it.world.spine('fraud-screener').run(fields, async (run) => {
    await useTool(
      run,
      it,
      { name: 'read_claim_history', effect: 'read', input: { claim_id: suspicion.claimId } },
      () => ({
        claims_in_24_months: dice.int(0, 4),
        last_login_from: from.person.ipv4,
      }),
    );
    const score = dice.float();
    await askModel(
      run,
      it,
      {
        model: 'claude-haiku-4-5',
        system: 'Score the claim from 0 to 1 for fraud. Name the two facts that moved you most.',
        user: `Claim ${suspicion.claimId}, paid to ${from.person.iban}, device seen at ${from.person.ipv4}.`,
        medianMs: 500,
        region: 'eu-west-1',
      },
      JSON.stringify({ score, because: ['history of claims', 'device seen before'] }),
    );
    if (it.slips('write_by_read_only_agent', run.runId)) {
      const input = { claim_id: suspicion.claimId, flag: 'suspected' };
      await useTool(run, it, { name: 'update_claim', effect: 'write', input }, () => ({
        ok: true,
      }));
    }
    run.evaluation({
      name: 'fraud_score',
      score,
      label: score > 0.8 ? 'suspicious' : 'clean',
      annotatorKind: 'llm',
      evaluator: 'fraud-screener',
      targetType: 'decision',
      targetId: suspicion.decisionId,
      explanation: 'History of claims and known device were weighed against the amount.',
    });
    return score <= 0.8;
  });
}
