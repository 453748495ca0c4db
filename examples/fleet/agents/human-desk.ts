// The desk where people decide what the concierge may not: a summary by a model, an approval by a
// person, the refund. It continues the concierge's trace and conversation by the carrier that came
// with the task.
import type { Carrier } from '@agentspine/sdk/carrier';
import { askModel, useTool } from '../calls.ts';
import { Case } from '../case.ts';

export type Task = {
  readonly carrier: Carrier;
  readonly orderId: string;
  readonly decisionId: string | null;
};

export async function runHumanDesk(from: Case, task: Task): Promise<void> {
  const it = new Case({
    world: from.world,
    agentId: 'human-desk',
    number: from.number,
    dice: from.dice.fork(1),
    home: from.person.home,
  });
  const { dice } = it;
  const clerk = `clerk-${dice.int(1, 12)}`;
  const fields = {
    name: 'human-desk',
    agent: it.agent,
    continuing: task.carrier,
    actor: it.willSlip('approval_by_agent')
      ? ({ type: 'agent', id: 'human-desk' } as const)
      : ({ type: 'user', id: clerk } as const),
    correlation: { order_id: task.orderId },
  };
  const work = it.world.spine('human-desk').run(fields, async (run) => {
    await askModel(
      run,
      it,
      {
        model: 'gpt-4.1-mini',
        system:
          'Summarise the case for a clerk in five lines: facts, what was promised, what is open, your advice.',
        user: `Case ${task.orderId}, handed over by the concierge. Caller: ${from.person.phone}.`,
        medianMs: 700,
      },
      `Order ${task.orderId}. Goods damaged on arrival, photos seen. Nothing promised yet. Advice: refund in full.`,
    );
    const approval = `appr-${dice.digits(8)}`;
    const isOwnApproval = it.slips('approval_by_agent', run.runId);
    const isApproved = isOwnApproval || dice.chance(0.8);
    run.feedback({
      type: 'approval',
      decision: isApproved ? 'approved' : 'rejected',
      targetId: task.decisionId ?? task.orderId,
      comment: isApproved
        ? 'Photos are clear, go ahead.'
        : 'No proof of damage, please ask for photos.',
      attributes: {
        'approval.id': approval,
        'approval.requested_by': 'support-concierge',
        'approval.by': isOwnApproval ? 'human-desk' : clerk,
      },
    });
    if (!isApproved) return 'rejected';
    const input = { order_id: task.orderId, amount_usd: dice.int(200, 400) };
    await useTool(
      run,
      it,
      { name: 'issue_refund', effect: 'write', input, approvalId: approval },
      () => ({
        refund_id: `re_${dice.text(14)}`,
      }),
    );
    run.stateChange({ entity: 'case', entityId: task.orderId, from: 'waiting', to: 'settled' });
    run.outcome({
      kpi: 'handling_minutes',
      value: dice.int(3, 40),
      unit: 'minutes',
      success: true,
    });
    return 'refunded';
  });
  // A run that fails has said so by itself; the desk goes on with the next task.
  await work.catch(() => {});
}
