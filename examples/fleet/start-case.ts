// Starts the fleet's next case or everyday run: which agent, which person, which script. Number n
// of a seed is always the same.
// Example: const cases = new CaseBook(world, 42); await cases.start(); await cases.startEveryday()
import { runClaimsAdjuster } from './agents/claims-adjuster.ts';
import { screenDevices, settleSmallClaim } from './agents/everyday-insurance.ts';
import { answerQuestion, checkService, settleReturn } from './agents/everyday-retail.ts';
import { runOpsRunbook } from './agents/ops-runbook.ts';
import { runSupportConcierge } from './agents/support-concierge.ts';
import { Case } from './case.ts';
import { Dice } from './dice.ts';
import { ROSTER, type AgentId } from './roster.ts';
import type { World } from './world.ts';

/** The agents that cases start with; the others are handed theirs. One of ten is an incident. */
const FRONT = [
  ...Array.from({ length: 5 }, () => 'support-concierge' as const),
  ...Array.from({ length: 4 }, () => 'claims-adjuster' as const),
  'ops-runbook' as const,
];

const RUNS = {
  'support-concierge': runSupportConcierge,
  'claims-adjuster': runClaimsAdjuster,
  'ops-runbook': runOpsRunbook,
};

const EVERYDAY = {
  'support-concierge': answerQuestion,
  'human-desk': settleReturn,
  'ops-runbook': checkService,
  'claims-adjuster': settleSmallClaim,
  'fraud-screener': screenDevices,
};
/** Whose turn it is. Questions come twice as often as anything else. */
const TURNS: readonly AgentId[] = [
  'support-concierge',
  'human-desk',
  'ops-runbook',
  'support-concierge',
  'claims-adjuster',
  'fraud-screener',
];
/** Everyday runs draw from streams that no case draws from. */
const EVERYDAY_STREAM = 2_000_000;

export class CaseBook {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #perAgent = new Map<string, number>();
  #started = 0;
  #everyday = 0;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#dice = new Dice(seed);
  }

  get started(): number {
    return this.#started;
  }

  /** Resolves when the case's first run has ended; a run that fails has said so in its events. */
  async start(): Promise<void> {
    const dice = this.#dice.fork(this.#started);
    const agentId = FRONT[(this.#started * 7) % FRONT.length] ?? 'support-concierge';
    const number = this.#perAgent.get(agentId) ?? 0;
    this.#started += 1;
    this.#perAgent.set(agentId, number + 1);
    const home = agentId === 'claims-adjuster' ? 'eu' : 'us';
    const it = new Case({ world: this.#world, agentId, number, dice, home });
    await RUNS[agentId](it).catch(() => {});
  }

  /** The same for a short run, the agents taking turns. */
  async startEveryday(): Promise<void> {
    const number = this.#everyday;
    const dice = this.#dice.fork(EVERYDAY_STREAM + number);
    const agentId = TURNS[number % TURNS.length] ?? 'support-concierge';
    this.#everyday += 1;
    const home = ROSTER[agentId].tenantId === 'acme-retail' ? 'us' : 'eu';
    const it = new Case({ world: this.#world, agentId, number, dice, home, isEveryday: true });
    await EVERYDAY[agentId](it).catch(() => {});
  }
}
