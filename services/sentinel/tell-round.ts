// What the sentinel says of itself: metrics of rounds, alerts and deliveries, and a line where
// something changed for the worse.
// Guarantees: labels from closed lists (states, severities, rules, receivers of the files); a
// failing rule or receiver is said once until it works again.
// Example: tell.round(result, tookMs)
import { ALERT_STATES } from '@agentspine/alert/alert';
import type { Delivery } from '@agentspine/alert/delivery';
import { SEVERITIES } from '@agentspine/alert/rule';
import type { Lease } from '@agentspine/alert/store';
import type { Sent } from '@agentspine/notify/receiver';
import type { Surroundings } from '@agentspine/observe/run-service';
import type { Round } from './evaluate-once.ts';

export type TellRound = {
  round(result: Round, tookMs: number): void;
  deliveries(done: readonly Delivery[]): void;
  refreshed(answers: ReadonlyMap<string, Sent>): void;
  lease(lease: Lease, tookMs: number): void;
};

export function tellRound({ logger, metrics }: Surroundings): TellRound {
  const lag = metrics.gauge('ingest_lag_seconds', 'p99 of ingested_at minus event_time.', []);
  const alerts = metrics.gauge('alerts', 'Alerts by state and severity.', ['state', 'severity']);
  const series = metrics.gauge('alert_series', 'Series judged, by rule and verdict.', [
    'rule',
    'verdict',
  ]);
  const failures = metrics.counter('alert_rule_failures', 'Rules whose signal failed.', ['rule']);
  const sends = metrics.counter('alert_deliveries', 'Notifications, by receiver and result.', [
    'receiver',
    'result',
  ]);
  const held = metrics.gauge('sentinel_lease', '1 where this sentinel runs the rounds.', []);
  const broken = new Set<string>();
  const once = (key: string, isWell: boolean, say: () => void): void => {
    if (isWell) broken.delete(key);
    else if (!broken.has(key)) {
      broken.add(key);
      say();
    }
  };
  return {
    round: (result, tookMs) => {
      lag.set({}, result.ingestLagMs / 1_000);
      metrics.batch('round', tookMs / 1_000, result.rules.length);
      for (const { state, severity, count } of countsOf(result)) {
        alerts.set({ state, severity }, count);
      }
      for (const { ruleId: rule, counts } of result.rules) {
        for (const [verdict, count] of Object.entries(counts)) series.set({ rule, verdict }, count);
        once(`rule ${rule}`, true, () => undefined);
      }
      for (const { ruleId: rule, error } of result.failed) {
        failures.add({ rule });
        once(`rule ${rule}`, false, () => {
          const { code, facts } = error;
          logger.error({ rule_id: rule, code, found: facts.found }, 'a rule could not be judged');
        });
      }
    },
    deliveries: (done) => {
      for (const { receiver, state, error, attempts } of done) {
        const result = state === 'waiting' ? 'retried' : state;
        sends.add({ receiver, result });
        const facts = { name: receiver, reason: error, attempts };
        once(`receiver ${receiver}`, state !== 'waiting', () =>
          logger.warn(facts, 'a receiver does not answer; it is asked again'),
        );
        if (state === 'dead') logger.error(facts, 'a notification is a dead letter');
      }
    },
    refreshed: (answers) => {
      for (const [receiver, sent] of answers) {
        once(`refresh ${receiver}`, sent.ok, () =>
          logger.warn(
            { name: receiver, reason: sent.ok ? '' : sent.words },
            'could not be refreshed',
          ),
        );
      }
    },
    lease: ({ isHeld, holder }, tookMs) => {
      // Standing by is progress too.
      if (!isHeld) metrics.batch('round', tookMs / 1_000, 0);
      held.set({}, isHeld ? 1 : 0);
      once('lease', isHeld, () =>
        logger.info({ name: holder }, 'standing by: another sentinel runs the rounds'),
      );
    },
  };
}

/** Every state and severity, also where there is none, so that a gauge goes back to 0. */
function countsOf({ alerts }: Round) {
  return ALERT_STATES.flatMap((state) =>
    SEVERITIES.map((severity) => {
      const some = alerts.filter((one) => one.state === state && one.severity === severity);
      return { state, severity, count: some.length };
    }),
  );
}
