// The second half of the concierge's work: decide about the refund, pay and answer, or hand over to
// the human desk.
import type { Carrier } from '@agentspine/sdk/carrier';
import type { Run } from '@agentspine/sdk/run';
import { askModel, useTool } from '../calls.ts';
import type { Case } from '../case.ts';
import { runHumanDesk } from './human-desk.ts';

export const SYSTEM =
  'You are the support concierge of Acme Retail. Be brief and kind. Refund up to 200 USD on your own; anything above, ' +
  'anything legal and anything you are unsure about goes to a person. Never promise dates you have not looked up.';

export type Order = {
  readonly order_id: string;
  readonly total_usd: number;
  readonly status: string;
};

export async function settle(run: Run, it: Case, order: Order): Promise<string> {
  const { dice, world } = it;
  const isLow = it.slips('irreversible_while_unsure', run.runId);
  const confidence = isLow ? 0.31 : 0.72 + 0.27 * dice.float();
  const chosen = order.total_usd > 200 && !isLow ? 'escalate' : 'refund';
  const decisionId = run.decision({
    name: 'refund',
    type: 'refund',
    chosen,
    confidence,
    confidenceKind: 'self_reported',
    // The limit decides, and chance has no part in it.
    propensity: 1,
    irreversible: chosen === 'refund',
    alternatives: [
      {
        label: 'refund',
        score: chosen === 'refund' ? confidence : 1 - confidence,
        propensity: chosen === 'refund' ? 1 : 0,
      },
      {
        label: 'escalate',
        score: chosen === 'escalate' ? confidence : 1 - confidence,
        propensity: chosen === 'escalate' ? 1 : 0,
      },
      { label: 'decline', score: 0.04, propensity: 0 },
    ],
    rationale: `The order was ${order.status}; its total of ${order.total_usd} USD is ${order.total_usd > 200 ? 'above' : 'within'} my limit.`,
    features: { order_total_usd: order.total_usd },
  });
  if (chosen === 'escalate')
    return escalate(run, it, order, 'the amount is above my limit', decisionId);
  await useTool(
    run,
    it,
    {
      name: 'issue_refund',
      effect: 'write',
      input: { order_id: order.order_id, amount_usd: order.total_usd },
    },
    () => ({ refund_id: `re_${dice.text(14)}`, state: 'pending' }),
  );
  await answer(run, it, order);
  const about = run.carrier();
  run.outcome({ kpi: 'resolution', value: 1, unit: 'count', success: true });
  world.afterwards(dice.int(6, 96) * 3_600_000, () => {
    const score = dice.chance(confidence) ? dice.int(3, 5) : dice.int(1, 2);
    const spine = world.spine('support-concierge');
    const place = about && { about };
    spine.feedback({
      type: 'rating',
      score,
      targetId: decisionId,
      comment: dice.pick(COMMENTS),
      ...place,
    });
    spine.outcome({
      kpi: 'refund_cost',
      value: order.total_usd,
      unit: 'usd',
      success: score > 2,
      decisionId,
      ...place,
    });
  });
  return 'refunded';
}

const COMMENTS = [
  'Quick and painless.',
  'Had to explain everything twice.',
  'Fine.',
  'Did not solve my problem.',
];

async function answer(run: Run, it: Case, order: Order): Promise<void> {
  const { person, dice } = it;
  const card = it.slips('card_in_answer', run.runId) ? ` It goes to your card ${person.card}.` : '';
  const text = await askModel(
    run,
    it,
    {
      model: 'claude-sonnet-4-5',
      system: SYSTEM,
      user: `Write to the customer (${person.email}) that ${order.total_usd} USD for ${order.order_id} are on their way.`,
      medianMs: 1400,
    },
    `We are sorry about your order ${order.order_id}. ${order.total_usd} USD are on their way back to you and should ` +
      'show within five working days. If anything else is wrong, just answer this message and we will look into it.' +
      card,
  );
  const isLeak = it.slips('secret_in_tool_arguments', run.runId);
  const relay = it.slips('unknown_host', run.runId) ? 'relay.freemail.example' : 'mail.example.com';
  await useTool(
    run,
    it,
    {
      name: 'send_email',
      effect: 'write',
      input: {
        url: `https://${relay}/v1/send`,
        to: person.email,
        subject: `Your refund for ${order.order_id}`,
        body: isLeak ? `${text} (key ${it.secrets.openaiKey()})` : text,
      },
    },
    () => ({ message_id: `<${dice.text(18)}@mail.example.com>`, accepted: true }),
  );
}

export function escalate(
  run: Run,
  it: Case,
  order: Order,
  reason: string,
  decisionId?: string,
): string {
  const carrier: Carrier = run.handoff({
    to: 'human-desk',
    mode: 'pass_control',
    protocol: 'a2a',
    taskId: `task-${it.dice.digits(8)}`,
    taskState: 'submitted',
    input: { order_id: order.order_id, reason, customer_id: it.person.customerId },
  });
  run.set({ status: 'waiting' });
  it.world.afterwards(it.dice.int(5, 90) * 60_000, () => {
    void runHumanDesk(it, { carrier, orderId: order.order_id, decisionId: decisionId ?? null });
  });
  return `handed over: ${reason}`;
}
