// What a seed stands for: how large the world is, what is sent when, which faults strike when, and
// which calls may fail by themselves. Drawn before anything runs, so that a history can be made
// shorter by leaving parts of it out.
// Guarantees: pure; equal seeds, equal scenarios. Each seed has only some kinds of fault, since
// rare meetings of two are likelier where the others keep quiet.
// Example: const scenario = scenarioOf(42); scenario.plan[0] // { atMs: 3120, is: 'kill', … }
import { Random } from './random.ts';
import { BAD_KINDS, type RecordKind } from './source-records.ts';

export type Role = 'worker' | 'sink';

export type Fault =
  | { readonly is: 'kill'; readonly role: Role; readonly which: number; readonly downMs: number }
  | { readonly is: 'freeze'; readonly role: Role; readonly which: number; readonly forMs: number }
  | { readonly is: 'restart'; readonly role: Role; readonly which: number; readonly downMs: number }
  | { readonly is: 'scale'; readonly role: Role }
  | { readonly is: 'log away'; readonly forMs: number }
  | { readonly is: 'store away'; readonly forMs: number }
  | { readonly is: 'repeated produce' }
  | { readonly is: 'gap'; readonly suffix: 'events' | 'governed'; readonly partition: number };

/** amid: in the middle of what happens next, after so many microtasks. */
export type Planned = Fault & { readonly atMs: number; readonly amid: number };

/** Faults of single calls, each with its likelihood; 0 is never. */
export const CALL_FAULTS = [
  'commit lost on its way',
  'commit made, answer lost',
  'committed() unanswered',
  'torn produce',
  'insert refused',
  'insert lost on its way',
  'insert applied, answer lost',
  'insert applied later',
  'slow store',
  'slow call',
  'retry exit',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

export type Send = { readonly atMs: number; readonly partition: number; readonly kind: RecordKind };

export type Scenario = {
  readonly seed: number;
  readonly partitions: number;
  readonly workers: number;
  readonly sinks: number;
  readonly ackDelayMs: number;
  readonly sends: readonly Send[];
  readonly plan: readonly Planned[];
  readonly likelihood: Readonly<Record<CallFault, number>>;
  /** In the end everything is stored once more, under the next generation. */
  readonly isReprocessed: boolean;
};

/** Faults strike, and records are sent, within so long. */
export const FAULTS_MS = 20_000;
export const SESSION_MS = 3_000;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, 'scenario');
  const partitions = random.int(1, 3);
  const likelihood = Object.fromEntries(
    CALL_FAULTS.map((fault) => [
      fault,
      random.chance(0.5) ? random.pick([0.02, 0.05, 0.1, 0.25]) : 0,
    ]),
  ) as Record<CallFault, number>;
  return {
    seed,
    partitions,
    workers: random.int(1, 3),
    sinks: random.int(1, 2),
    ackDelayMs: random.pick([0, 1, 5, 40]),
    sends: sendsOf(random.fork('sends'), partitions),
    plan: planOf(random.fork('plan'), partitions),
    likelihood,
    isReprocessed: random.chance(0.2),
  };
}

function sendsOf(random: Random, partitions: number): Send[] {
  const sends: Send[] = [];
  const badShare = random.pick([0, 0.1, 0.3]);
  const bursts = random.int(2, 12);
  for (let burst = 0; burst < bursts; burst++) {
    const atMs = random.int(0, FAULTS_MS);
    const partition = random.int(0, partitions - 1);
    const size = random.pick([1, 1, 2, 5, 10]);
    for (let index = 0; index < size; index++) {
      const kind = random.chance(badShare) ? random.pick(BAD_KINDS) : 'good';
      sends.push({ atMs, partition, kind });
    }
  }
  return sends.toSorted((a, b) => a.atMs - b.atMs);
}

function planOf(random: Random, partitions: number): Planned[] {
  const kinds = (
    [
      'kill',
      'freeze',
      'restart',
      'scale',
      'log away',
      'store away',
      'repeated produce',
      'gap',
    ] as const
  ).filter(() => random.chance(0.6));
  if (kinds.length === 0) return [];
  return Array.from({ length: random.int(0, 14) }, () => ({
    ...faultOf(random, random.pick(kinds), partitions),
    atMs: random.int(0, FAULTS_MS),
    amid: random.chance(0.7) ? random.int(1, 25) : 0,
  })).toSorted((a, b) => a.atMs - b.atMs);
}

function faultOf(random: Random, is: Fault['is'], partitions: number): Fault {
  const role = random.pick(['worker', 'sink'] as const);
  const which = random.int(0, 5);
  const downMs = random.pick([0, 100, 1_000, SESSION_MS + 500]);
  switch (is) {
    case 'kill':
      return { is, role, which, downMs };
    case 'freeze':
      return { is, role, which, forMs: random.pick([500, SESSION_MS + 200, SESSION_MS * 3]) };
    case 'restart':
      return { is, role, which, downMs };
    case 'scale':
      return { is, role };
    case 'log away':
      return { is, forMs: random.pick([100, 1_000, SESSION_MS + 1_000]) };
    case 'store away':
      return { is, forMs: random.pick([500, 2_000, SESSION_MS + 1_000]) };
    case 'repeated produce':
      return { is };
    case 'gap':
      return {
        is,
        suffix: random.pick(['events', 'events', 'governed'] as const),
        partition: random.int(0, partitions - 1),
      };
  }
}
