// The short work that makes up most of a retailer's day: a question answered by one tool, a look at
// a service's metrics, a return settled at the desk. A run is four or five events.
// Guarantees: no personal value is planted and no rule is broken here; what a story changes, it
// changes here in plain sight.
// Example: await answerQuestion(it); await settleReturn(it)
import type { Run } from '@agentspine/sdk/run';
import { askModel, useTool } from '../calls.ts';
import { CallFailed, TROUBLES, type Case } from '../case.ts';
import { chooseBy } from '../choose.ts';
import { MARGIN_SIGMA_USD, meanMarginUsd, SETTLEMENTS, type Settlement } from '../refund-margin.ts';
import { SYSTEM } from './settle-order.ts';

const HOUR_MS = 3_600_000;

/** Shares of the tools a question is answered with, under the prompt of old and the new one. */
const TOOL_MIX = {
  before: { lookup_order: 0.52, search_kb: 0.3, send_email: 0.18 },
  after: { lookup_order: 0.31, search_kb: 0.52, send_email: 0.17 },
};
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const QUESTIONS = [
  'Where is my order?',
  'How do I send this back?',
  'Can I still change the address?',
  'When do I get my money?',
];

export async function answerQuestion(it: Case): Promise<void> {
  const { dice, world } = it;
  const orderId = `A-${dice.digits(6)}`;
  const fields = {
    name: 'support-concierge',
    actor: { type: 'user', id: it.person.customerId } as const,
    agent: it.agent,
    input: `${dice.pick(QUESTIONS)} (${orderId})`,
  };
  await world.spine('support-concierge').run(fields, async (run) => {
    const model = 'claude-haiku-4-5';
    await askModel(run, it, { model, system: SYSTEM, user: fields.input, medianMs: 350 }, 'on it');
    const mix = it.isIn('prompt-change') ? TOOL_MIX.after : TOOL_MIX.before;
    const name = dealt(it.number, mix);
    const effect = name === 'send_email' ? 'write' : 'read';
    await useTool(run, it, { name, effect, input: { order_id: orderId } }, () => ({ ok: true }));
    return 'answered';
  });
}

/** As evenly as shares can be kept: every hundred questions have the mix, no day has a mood. */
function dealt<K extends string>(number: number, shares: Readonly<Record<K, number>>): K {
  const names = Object.keys(shares) as K[];
  let left = (number * GOLDEN) % 1;
  return names.find((name) => (left -= shares[name]) < 0) ?? (names.at(-1) as K);
}

const SERVICES = ['checkout', 'order-worker', 'session-store', 'search'];
const CHECK_SYSTEM =
  'You watch the services of Acme Retail. Answer in JSON: healthy, trend, what to look at next.';
/** Of the checks of a leaking deployment, how many are asked again and again. */
const LEAK = { share: 0.85, fewest: 2, most: 4 };

export async function checkService(it: Case): Promise<void> {
  const { dice, world } = it;
  const service = dice.pick(SERVICES);
  const fields = {
    name: 'ops-runbook',
    actor: { type: 'service', id: 'scheduler' } as const,
    agent: it.agent,
    input: `hourly check of ${service}`,
  };
  await world.spine('ops-runbook').run(fields, async (run) => {
    const metric = 'latency_p99';
    const use = { name: 'read_metrics', effect: 'read', input: { service, metric } } as const;
    await useTool(run, it, { ...use, medianMs: 90 }, () => ({ metric, points: dice.int(1, 4000) }));
    const isLeaking = it.isIn('retry-leak') && dice.chance(LEAK.share);
    await assess(run, it, service, isLeaking ? dice.int(LEAK.fewest, LEAK.most) : 0);
    return `${service} is healthy`;
  });
}

/** Asks until the answer parses; every try sends all that was said before. */
function assess(run: Run, it: Case, service: string, inVain: number): Promise<string> {
  const unparsed = TROUBLES.find(({ type }) => type === 'malformed_output');
  const tokens = { first: 640, more: 420 };
  let tries = 0;
  return run.retry({ attempts: inVain + 3 }, () =>
    run.modelCall(
      {
        model: 'gpt-4.1',
        provider: 'openai',
        region: 'us-east-1',
        maxTokens: 400,
        input: [
          { role: 'system', content: CHECK_SYSTEM },
          { role: 'user', content: `latency_p99 of ${service} is above. Healthy?` },
        ],
      },
      async (span) => {
        tries += 1;
        await it.call(700);
        span.set({
          responseModel: 'gpt-4.1',
          finishReasons: ['stop'],
          inputTokens: tokens.first + tokens.more * (tries - 1) + it.dice.int(0, 60),
          outputTokens: it.dice.int(60, 110),
        });
        if (tries <= inVain && unparsed !== undefined) throw new CallFailed(unparsed);
        return '{"healthy":true,"trend":"flat"}';
      },
    ),
  );
}

/** How much the new version leans to a full refund, on the scale of the scores. */
const GENEROSITY = 3;
/** So many dollars of margin are one point of a score. */
const SCALE_USD = 12;

export async function settleReturn(it: Case): Promise<void> {
  const { dice, world } = it;
  const orderId = `A-${dice.digits(6)}`;
  const features = {
    order_total_usd: dice.int(2000, 18_000) / 100,
    is_repeat_customer: dice.chance(0.4) ? 1 : 0,
  };
  const fields = {
    name: 'human-desk',
    actor: { type: 'user', id: `clerk-${dice.int(1, 12)}` } as const,
    agent: it.agent,
    input: `return of ${orderId}, ${features.order_total_usd} USD`,
  };
  await world.spine('human-desk').run(fields, async (run) => {
    const lean = it.isIn('costly-refunds') ? GENEROSITY : 0;
    const scores = SETTLEMENTS.map((label): [Settlement, number] => {
      return [
        label,
        meanMarginUsd(label, features) / SCALE_USD + (label === 'refund_full' ? lean : 0),
      ];
    });
    const choice = chooseBy(dice, scores, { epsilon: 0.1 });
    const confidence = 0.6 + 0.35 * dice.float();
    const decisionId = run.decision({
      ...choice,
      name: 'settlement',
      type: 'settlement',
      confidence,
      confidenceKind: 'self_reported',
      features,
    });
    if (choice.chosen !== 'voucher') {
      const share = choice.chosen === 'refund_full' ? 1 : 0.4;
      const amount = Math.round(features.order_total_usd * share * 100) / 100;
      const approvalId = `appr-${dice.digits(8)}`;
      const input = { order_id: orderId, amount_usd: amount };
      const use = { name: 'issue_refund', effect: 'write', input, approvalId } as const;
      await useTool(run, it, use, () => ({ state: 'pending' }));
    }
    if (dice.chance(0.06)) overrule(run, it, decisionId, choice.chosen);
    const meanUsd = meanMarginUsd(choice.chosen, features);
    learnLater(run, it, { decisionId, meanUsd, confidence });
    return choice.chosen;
  });
}

function overrule(run: Run, it: Case, decisionId: string, chosen: Settlement): void {
  run.feedback({
    type: 'override',
    decision: it.dice.pick(SETTLEMENTS.filter((other) => other !== chosen)),
    targetId: decisionId,
    comment: 'The customer and I agreed on something else.',
  });
}

type Settled = {
  readonly decisionId: string;
  readonly meanUsd: number;
  readonly confidence: number;
};

/**
 * What was left of the margin, and whether the customer left it at that: known within the day for
 * most, days later for some.
 */
function learnLater(run: Run, it: Case, settled: Settled): void {
  const { decisionId, meanUsd, confidence } = settled;
  const { dice, world } = it;
  const about = run.carrier();
  const hours = dice.chance(0.8) ? dice.int(1, 6) : dice.int(20, 80);
  const value = Math.round((meanUsd + MARGIN_SIGMA_USD * dice.normal()) * 100) / 100;
  const success = dice.chance(confidence);
  world.afterwards(hours * HOUR_MS, () => {
    const result = { kpi: 'refund_margin', value, unit: 'usd', success, decisionId };
    world.spine('human-desk').outcome({ ...result, ...(about && { about }) });
  });
}
