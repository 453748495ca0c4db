// The loop of the sentinel: take the lease, judge, tell, rest; and between rounds send what is due.
// Guarantees: one round at a time; ClickHouse away is waited for; what was sent is written down
// before anything else, however long that takes, so that it is not sent again; nothing is begun
// when the lease may be over.
// Example: await runRounds({ ports, identity, sentinel: config.sentinel, signal }, around)
import type { Delivery } from '@agentspine/alert/delivery';
import type { Config } from '@agentspine/config/config-schema';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Surroundings } from '@agentspine/observe/run-service';
import { deliver } from './deliver.ts';
import { evaluateOnce, type SentinelPorts } from './evaluate-once.ts';
import type { Identity } from './identity.ts';
import { rateLimit } from './rate-limit.ts';
import { refresh } from './refresh.ts';
import { tellRound } from './tell-round.ts';

export type Rounds = {
  readonly ports: SentinelPorts;
  readonly identity: Identity;
  readonly sentinel: Config['sentinel'];
  /** Where the store is, for messages. */
  readonly where: string;
  readonly signal: AbortSignal;
  /** Called before each round of the sentinel that holds the lease. */
  readonly kickDrift?: (nowMs: number) => void;
};

/** Between rounds, receivers are asked again no sooner than this. */
const LOOK_MS = 1_000;

export async function runRounds(rounds: Rounds, around: Surroundings): Promise<void> {
  const { sentinel, signal } = rounds;
  const { clock, progress } = around;
  const step = steps(rounds, around);
  while (!signal.aborted) {
    const begunMs = clock.now();
    progress.waiting(1);
    const isHeld = await step.hold();
    if (isHeld) rounds.kickDrift?.(begunMs);
    let waiting = isHeld ? await step.round() : [];
    progress.advanced();
    progress.waiting(0);
    const endMs = begunMs + sentinel.interval_ms;
    for (let restMs = endMs - clock.now(); restMs > 0 && !signal.aborted;) {
      const dueMs = Math.min(...waiting.map(({ dueAtMs }) => dueAtMs)) - clock.now();
      const pauseMs = Math.min(restMs, Math.max(dueMs, LOOK_MS));
      await clock.sleep(pauseMs, signal);
      restMs = endMs - clock.now();
      if (restMs > 0) waiting = await step.send(waiting);
    }
  }
}

function steps({ ports, identity, sentinel, where, signal }: Rounds, around: Surroundings) {
  const { clock } = around;
  const { lease_ms: leaseMs } = sentinel;
  const ask = <T>(attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what: 'ClickHouse', where }, attempt, around);
  const { store } = ports;
  // A send whose end could not be written down would be made again.
  const patient: SentinelPorts = {
    ...ports,
    store: {
      ...store,
      saveDeliveries: (all, nowMs) => ask(() => store.saveDeliveries(all, nowMs)),
    },
  };
  const tell = tellRound(around);
  const rate = rateLimit();
  let heldUntilMs = 0;
  const send = async (due: readonly Delivery[]): Promise<readonly Delivery[]> => {
    const mayBegin = (): boolean => !signal.aborted && clock.now() < heldUntilMs - leaseMs / 4;
    const done = await deliver(patient, due, { nowMs: () => clock.now(), rate, mayBegin });
    tell.deliveries(done);
    const byId = new Map(done.map((one) => [one.id, one]));
    return due.map((one) => byId.get(one.id) ?? one).filter(({ state }) => state === 'waiting');
  };
  return {
    send,
    hold: async (): Promise<boolean> => {
      const askedMs = clock.now();
      const lease = await ask(() => store.lease(identity.name, leaseMs, identity.isGone));
      heldUntilMs = lease.isHeld ? askedMs + lease.leftMs : 0;
      tell.lease(lease, clock.now() - askedMs);
      return lease.isHeld;
    },
    round: async (): Promise<readonly Delivery[]> => {
      const begunMs = clock.now();
      const delay = { delayMinMs: sentinel.delay_min_ms, delayMaxMs: sentinel.delay_max_ms };
      const result = await ask(() => evaluateOnce(ports, { ...delay, nowMs: clock.now() }));
      tell.round(result, clock.now() - begunMs);
      const waiting = await send(result.deliveries);
      tell.refreshed(await refresh(ports, result, clock.now()));
      return waiting;
    },
  };
}
