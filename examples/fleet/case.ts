// One case an agent works on: its person, its chance, and what is scripted to go wrong. Breaches of
// rules and troubles of tools and models rotate over the cases, so that even a small fleet shows
// all of them.
// Example: const host = it.slips('unknown_host', run.runId) ? 'relay.freemail.example' :
//   'mail.example.com'
import type { AgentFields } from '@agentspine/sdk/fields';
import type { Dice } from './dice.ts';
import { Person, type Home } from './people.ts';
import { RULES, type Slip } from './planted.ts';
import { ROSTER, type AgentId } from './roster.ts';
import { Secrets } from './secrets.ts';
import { agentIn, type StoryName } from './stories.ts';
import type { World } from './world.ts';

/** How calls fail. */
export const TROUBLES = [
  { type: 'ETIMEDOUT', message: 'no answer within 10000 ms', waitMs: 10_000, tries: 1 },
  {
    type: 'rate_limit_exceeded',
    message: '429 too many requests, retry after 2 s',
    waitMs: 80,
    tries: 2,
  },
  { type: 'invalid_arguments', message: 'order_id must match ^A-[0-9]{6}$', waitMs: 15, tries: 1 },
  { type: 'ECONNRESET', message: 'socket hang up', waitMs: 400, tries: 1 },
  { type: 'service_unavailable', message: '503 upstream connect error', waitMs: 900, tries: 4 },
  { type: 'permission_denied', message: 'scope orders:write is missing', waitMs: 40, tries: 4 },
  { type: 'not_found', message: 'no such record', waitMs: 60, tries: 4 },
  { type: 'malformed_output', message: 'expected JSON, got prose', waitMs: 30, tries: 1 },
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** An error of a call, with the class the SDK reads as error.type. */
export class CallFailed extends Error {
  readonly code: string;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.name = 'CallFailed';
    this.code = trouble.type;
  }
}

/** What each agent is scripted to do wrong, one after the other. */
export const SLIPS: Readonly<Record<AgentId, readonly Slip[]>> = {
  'support-concierge': [
    'unknown_host',
    'tool_not_allowed',
    'jailbreak_let_through',
    'secret_in_tool_arguments',
    'irreversible_while_unsure',
    'unapproved_model',
    'card_in_answer',
    'injection_in_retrieved_text',
    'unregistered_agent',
  ],
  'human-desk': ['approval_by_agent'],
  'ops-runbook': [
    'destructive_without_approval',
    'shell_in_production',
    'secret_in_tool_arguments',
    'untrusted_memory',
  ],
  'claims-adjuster': [
    'model_outside_region',
    'irreversible_while_unsure',
    'very_long_answer',
    'unknown_host',
  ],
  'fraud-screener': ['write_by_read_only_agent'],
};

const CASES_PER_SLIP = 5;
const CASES_PER_TROUBLE = 3;
const EVERYDAY_TROUBLE = 0.02;

export type CaseOptions = {
  readonly world: World;
  readonly agentId: AgentId;
  /** Which of the agent's cases this is, from 0. */
  readonly number: number;
  readonly dice: Dice;
  readonly home: Home;
  /** Short work that breaks no rule and seldom fails. */
  readonly isEveryday?: boolean;
};

export class Case {
  readonly world: World;
  readonly agentId: AgentId;
  readonly number: number;
  readonly dice: Dice;
  readonly person: Person;
  readonly secrets: Secrets;
  readonly #story: StoryName | null;
  readonly #slip: Slip | null;
  readonly #trouble: Trouble | null;
  #troublesLeft: number;
  /** Which of the case's calls the trouble meets. */
  #callsUntilTrouble: number;

  constructor(options: CaseOptions) {
    const { world, agentId, number, dice, home, isEveryday = false } = options;
    const { tenantId } = ROSTER[agentId];
    this.world = world;
    this.agentId = agentId;
    this.number = number;
    this.dice = dice;
    this.person = new Person(dice, world.ledger, tenantId, home);
    this.secrets = new Secrets(dice, world.ledger, tenantId);
    this.#story = world.storyOf(agentId);
    this.#slip = isEveryday ? null : every(number, CASES_PER_SLIP, SLIPS[agentId]);
    // One thing at a time: a breach that a failing call hides would be no breach.
    const isCalm = this.#slip !== null || (isEveryday && !dice.chance(EVERYDAY_TROUBLE));
    this.#trouble = isCalm
      ? null
      : isEveryday
        ? dice.pick(TROUBLES)
        : every(number + 1, CASES_PER_TROUBLE, TROUBLES);
    this.#troublesLeft = this.#trouble?.tries ?? 0;
    this.#callsUntilTrouble = dice.int(0, 3);
  }

  /** True when the case falls into this story of its agent. */
  isIn(story: StoryName): boolean {
    return this.#story === story;
  }

  /** What the agent says of itself beyond what it said at the start of the week. */
  get agent(): AgentFields | undefined {
    return this.#story === null ? undefined : agentIn(this.#story);
  }

  /** True when this case is scripted to do so. */
  willSlip(slip: Slip): boolean {
    return this.#slip === slip;
  }

  /** True when this case is scripted to do so; the caller does, and the ledger knows. */
  slips(slip: Slip, runId: string): boolean {
    if (this.#slip !== slip) return false;
    this.world.ledger.breach({ slip, rule: RULES[slip], agentId: this.agentId, runId });
    return true;
  }

  /** Takes as long as such a call takes, and fails when the script says so. */
  async call(medianMs: number): Promise<void> {
    const trouble = this.#nextTrouble();
    await this.world.sleep(trouble?.waitMs ?? this.dice.latencyMs(medianMs));
    if (trouble !== null) throw new CallFailed(trouble);
  }

  #nextTrouble(): Trouble | null {
    this.#callsUntilTrouble -= 1;
    if (this.#callsUntilTrouble >= 0 || this.#troublesLeft === 0) return null;
    this.#troublesLeft -= 1;
    return this.#trouble;
  }
}

/** The next of the options every `interval`th time, else null. */
function every<T>(number: number, interval: number, options: readonly T[]): T | null {
  if (number % interval !== 0) return null;
  return options[(number / interval) % options.length] ?? null;
}
