// What would have fired: the rules over stored data of the past, with the same judgement and the
// same states, telling nobody.
// Guarantees: reads only; signals that add up are judged every five minutes, the others in at most
// 100 looks, which the result says; incidents that were open at the end are open in the result.
// Example: const [one] = await backtest(ports, { sinceMs, untilMs }); one.incidents.length
import { isOpen, type Alert } from '@agentspine/alert/alert';
import { evaluateRule } from '@agentspine/alert/evaluate-rule';
import type { Labels, Rule } from '@agentspine/alert/rule';
import { sampleAt, type StepSeries } from '@agentspine/alert/sample-at';
import type { Signals } from '@agentspine/alert/signals';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { historyOf, STEP_MS } from '@agentspine/clickhouse/signal-history';

export type BacktestPorts = { readonly clickHouse: ClickHouse; readonly signals: Signals };

export type Incident = {
  readonly labels: Labels;
  readonly startedAtMs: number;
  /** 0: still open at the end. */
  readonly resolvedAtMs: number;
  readonly summary: string;
  readonly cause: string;
};

export type Backtest = {
  readonly ruleId: string;
  readonly name: string;
  readonly severity: string;
  readonly incidents: readonly Incident[];
  /** Time between two looks. */
  readonly everyMs: number;
  readonly looks: number;
  /** In words, where data were too few to judge. */
  readonly insufficient: string;
};

export type BacktestOptions = {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly onRule?: (rule: Rule) => void;
};

const LOOKS_MAX = 100;
const DAY = 86_400_000;

export async function backtest(
  ports: BacktestPorts,
  rules: readonly Rule[],
  { sinceMs, untilMs, onRule }: BacktestOptions,
): Promise<readonly Backtest[]> {
  const from = Math.floor(sinceMs / STEP_MS) * STEP_MS;
  const results: Backtest[] = [];
  for (const rule of rules) {
    onRule?.(rule);
    const baseMs = from - reachMs(rule);
    const series = await historyOf(ports.clickHouse, rule, { sinceMs: baseMs, untilMs });
    const range = { sinceMs: from, untilMs };
    const log =
      series === undefined
        ? await stepByStep(rule, ports.signals, range)
        : replay(rule, series, range);
    const { id: ruleId, name, severity } = rule;
    results.push({ ruleId, name, severity, ...log });
  }
  return results;
}

type Range = { readonly sinceMs: number; readonly untilMs: number };
type Log = Pick<Backtest, 'incidents' | 'everyMs' | 'looks' | 'insufficient'>;

/** How far back a rule looks from the first moment that is judged. */
function reachMs({ condition }: Rule): number {
  switch (condition.kind) {
    case 'slo_burn':
      return Math.max(...condition.windows.map(({ longMs }) => longMs));
    case 'absence':
      return 8 * DAY + condition.windowMs;
    case 'budget':
      return 31 * DAY;
    case 'threshold':
    case 'pipeline':
    case 'violations':
    case 'drift':
      return condition.windowMs;
    default:
      return condition satisfies never;
  }
}

function replay(rule: Rule, series: readonly StepSeries[], { sinceMs, untilMs }: Range): Log {
  const incidents: Incident[] = [];
  let insufficient = '';
  for (const one of series) {
    let open = new Map<string, Alert>();
    for (let atMs = sinceMs + STEP_MS; atMs <= untilMs; atMs += STEP_MS) {
      const sample = sampleAt(rule, one, atMs - one.baseMs);
      const round = evaluateRule(rule, [sample], open, atMs);
      insufficient ||= round.insufficient;
      open = keep(round.alerts, incidents);
    }
    incidents.push(...[...open.values()].filter(isOpen).map(incidentOf));
  }
  const looks = Math.floor((untilMs - sinceMs) / STEP_MS);
  return { incidents: sorted(incidents), everyMs: STEP_MS, looks, insufficient };
}

async function stepByStep(rule: Rule, signals: Signals, { sinceMs, untilMs }: Range): Promise<Log> {
  const wanted = Math.ceil((untilMs - sinceMs) / LOOKS_MAX / STEP_MS) * STEP_MS;
  const everyMs = Math.max(STEP_MS, wanted);
  const incidents: Incident[] = [];
  let open = new Map<string, Alert>();
  let insufficient = '';
  let looks = 0;
  for (let atMs = sinceMs + everyMs; atMs <= untilMs; atMs += everyMs) {
    const samples = await signals.samples(rule, { nowMs: atMs, untilMs: atMs });
    const round = evaluateRule(rule, samples, open, atMs);
    insufficient ||= round.insufficient;
    open = keep(round.alerts, incidents);
    looks += 1;
  }
  incidents.push(...[...open.values()].filter(isOpen).map(incidentOf));
  return { incidents: sorted(incidents), everyMs, looks, insufficient };
}

/** Those that go on; those that ended and had fired are incidents. */
function keep(alerts: readonly Alert[], incidents: Incident[]): Map<string, Alert> {
  const over = alerts.filter(
    ({ resolvedAtMs, startedAtMs }) => resolvedAtMs > 0 && startedAtMs > 0,
  );
  incidents.push(...over.map(incidentOf));
  const going = alerts.filter(({ resolvedAtMs }) => resolvedAtMs === 0);
  return new Map(going.map((alert) => [alert.key, alert]));
}

const incidentOf = (alert: Alert): Incident => ({
  labels: alert.labels,
  startedAtMs: alert.startedAtMs,
  resolvedAtMs: alert.resolvedAtMs,
  summary: alert.summary,
  cause: alert.cause,
});

const sorted = (incidents: readonly Incident[]): readonly Incident[] =>
  incidents.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
