// spine report violations: which rule was broken most and by whom, which one more often than
// before, and what rules on trial would add.
// Guarantees: a rule on trial is never counted as broken; a rule is called risen only where its
// rate doubled and chance would not bring it.
// Example: tellViolations(await askViolations(asking), asking)
import type { ViolationByRuleRow, ViolationPoint } from '@agentspine/clickhouse/violation-queries';
import type { Chart, Finding, Report, Section } from '@agentspine/report/report';
import { counted, showValue } from '@agentspine/report/show-value';
import { risen, type Rate } from './report-rates.ts';
import { niceStep, type Asked, type Asking } from './report-asking.ts';
import { grouped, lines, sumOf } from './report-series.ts';
import { part, spanWords } from './report-words.ts';

export type ViolationAnswers = {
  readonly byRule: readonly ViolationByRuleRow[];
  readonly severities: readonly ViolationPoint[];
  readonly rules: readonly ViolationPoint[];
};

const SHOWN = 25;
const TOLD = 3;
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
const GRAVE = 4;
const DAY_SECONDS = 86_400;

type RuleSum = {
  readonly rule_id: string;
  readonly severity: string;
  readonly severity_rank: number;
  readonly live: number;
  readonly shadow: number;
  readonly runs: number;
  readonly agents: readonly ViolationByRuleRow[];
  readonly message: string;
  readonly last_run_id: string;
};

export async function askViolations(asking: Asking): Promise<ViolationAnswers> {
  const { range, comparing } = asking;
  const [byRule, severities, rules] = await Promise.all([
    asking.run('violations-by-rule', range),
    asking.run('violations-series', {
      ...range,
      by: 'severity',
      step_seconds: barStep(asking),
    }),
    asking.run('violations-series', { ...comparing, by: 'rule', step_seconds: asking.stepSeconds }),
  ]);
  return { byRule, severities, rules };
}

export function tellViolations(
  { byRule, severities, rules }: ViolationAnswers,
  asked: Asked,
): Omit<Report, 'sources'> {
  const sums = sumRules(byRule);
  const rates = risen(
    rules.map(({ time, series, live }) => ({ time, series, n: live })),
    asked,
  );
  return {
    what: 'violations',
    title: 'Violations',
    scope: asked.scope,
    findings: findings(sums, rates, asked),
    sections: [
      overTime(severities, asked),
      byRuleSection(sums, rules, asked),
      byAgentSection(byRule),
      shadowSection(sums),
    ],
    commands: sums.slice(0, 1).map(({ last_run_id: run }) => `spine trace ${run}`),
  };
}

function barStep({ scope, stepSeconds }: Asked): number {
  const span = (scope.until - scope.since) / 1000;
  return span >= 3 * DAY_SECONDS ? niceStep(Math.max(stepSeconds, DAY_SECONDS / 4)) : stepSeconds;
}

/** Over agents; broken most first. */
function sumRules(rows: readonly ViolationByRuleRow[]): readonly RuleSum[] {
  return [...grouped(rows, ({ rule_id }) => rule_id).values()]
    .map((group) => {
      const agents = group.toSorted((a, b) => b.live - a.live || b.shadow - a.shadow);
      const latest = group.toSorted((a, b) => (a.last_time < b.last_time ? 1 : -1))[0];
      return {
        rule_id: latest?.rule_id ?? '',
        severity: latest?.severity ?? '',
        severity_rank: latest?.severity_rank ?? 0,
        live: sumOf(group, ({ live }) => live),
        shadow: sumOf(group, ({ shadow }) => shadow),
        runs: sumOf(group, ({ live_runs }) => live_runs),
        agents,
        message: latest?.message ?? '',
        last_run_id: latest?.last_run_id ?? '',
      };
    })
    .toSorted(
      (a, b) => b.live - a.live || b.severity_rank - a.severity_rank || b.shadow - a.shadow,
    );
}

function findings(
  sums: readonly RuleSum[],
  rates: readonly Rate[],
  asked: Asked,
): readonly Finding[] {
  const live = sums.filter((rule) => rule.live > 0);
  const trial = sums.filter((rule) => rule.shadow > 0);
  const most = live[0];
  const found: Finding[] = [];
  if (most === undefined) {
    found.push({ tone: 'good', text: `No rule was broken in the last ${spanWords(asked.scope)}.` });
  } else {
    found.push({ tone: toneOf(most), text: `Broken most: ${ruleWords(most)}` });
    const gravest = live.toSorted(
      (a, b) => b.severity_rank - a.severity_rank || b.live - a.live,
    )[0];
    if (gravest !== undefined && gravest.severity_rank > most.severity_rank) {
      found.push({ tone: toneOf(gravest), text: `Gravest: ${ruleWords(gravest)}` });
    }
  }
  for (const { name, now, before, factor } of rates.slice(0, TOLD)) {
    found.push({
      tone: 'warn',
      text:
        `${name} is broken more often than before: ${showValue(now, 'number')} times a day in the last ` +
        `${spanWords(asked.recent)}, ${showValue(before, 'number')} before${factor === null ? '' : ` (${showValue(factor, 'factor')})`}.`,
    });
  }
  if (trial.length > 0) {
    const n = sumOf(trial, ({ shadow }) => shadow);
    found.push({
      tone: 'plain',
      text: `${counted(trial.length, 'rule')} on trial would have added ${showValue(n, 'count')}, most of them ${trial.toSorted((a, b) => b.shadow - a.shadow)[0]?.rule_id}.`,
    });
  }
  return found;
}

function ruleWords({ rule_id, severity, live, runs, agents, message }: RuleSum): string {
  const first = agents[0];
  const share = part(first?.live ?? 0, live);
  const whom =
    share === 1
      ? `all by ${first?.agent_id}`
      : `${showValue(share, 'share')} of them by ${first?.agent_id}`;
  return `${rule_id} (${severity}), ${counted(live, 'time')} in ${counted(runs, 'run')}, ${whom}. The latest: ${message}.`;
}

function toneOf({ severity_rank: rank }: RuleSum): 'bad' | 'warn' {
  return rank >= GRAVE ? 'bad' : 'warn';
}

function overTime(points: readonly ViolationPoint[], asked: Asked): Section {
  const live = points.filter((point) => point.live > 0);
  const { times, series } = lines(live, {
    stepMs: barStep(asked) * 1000,
    value: (point) => point.live,
    weight: (point) => point.live,
    isCount: true,
  });
  const rank = (name: string): number => SEVERITIES.findIndex((one) => one === name);
  const peak = [...grouped(live, ({ time }) => time)]
    .map(([time, group]) => ({ time, n: sumOf(group, (point) => point.live) }))
    .toSorted((a, b) => b.n - a.n)[0];
  const chart: Chart = {
    is: 'bars',
    layout: 'upright',
    isStacked: true,
    title: 'Violations by severity',
    alt:
      peak === undefined
        ? 'None.'
        : `Most at ${peak.time.slice(0, 16)}: ${showValue(peak.n, 'count')}.`,
    unit: 'count',
    categories: times,
    series: series
      .toSorted((a, b) => rank(a.name) - rank(b.name))
      .map((one) => ({ ...one, ...toneOfSeverity(one.name) })),
  };
  return {
    id: 'over-time',
    title: 'Over time',
    text: times.length === 0 ? ['No rule was broken.'] : [],
    charts: [chart],
  };
}

function toneOfSeverity(name: string): { readonly tone?: 'bad' | 'warn' } {
  if (name === 'critical') return { tone: 'bad' };
  return name === 'high' ? { tone: 'warn' } : {};
}

function byRuleSection(
  sums: readonly RuleSum[],
  points: readonly ViolationPoint[],
  asked: Asked,
): Section {
  const stepMs = asked.stepSeconds * 1000;
  const inSpan = points.filter((point) => point.live > 0);
  const drawn = lines(inSpan, {
    stepMs,
    value: (point) => point.live,
    weight: (point) => point.live,
    most: 1_000,
    isCount: true,
  });
  const spark = new Map(drawn.series.map(({ name, values }) => [name, values]));
  const live = sums.filter((rule) => rule.live > 0);
  return {
    id: 'rules',
    title: 'By rule, broken most first',
    table: {
      none: 'No rule was broken.',
      columns: [
        { key: 'rule_id', title: 'rule', unit: 'text' },
        { key: 'severity', title: 'severity', unit: 'text' },
        { key: 'live', title: 'times', unit: 'count' },
        { key: 'runs', title: 'runs', unit: 'count' },
        { key: 'whom', title: 'by', unit: 'text' },
        { key: 'days', title: 'over time', unit: 'spark', isMinor: true },
        { key: 'message', title: 'the latest one', unit: 'text' },
      ],
      rows: live.slice(0, SHOWN).map((rule) => ({
        ...rule,
        agents: rule.agents.map(({ agent_id, live: n }) => ({ agent_id, live: n })),
        whom: rule.agents
          .filter((agent) => agent.live > 0)
          .slice(0, 2)
          .map(({ agent_id, live: n }) => `${agent_id} ${showValue(n, 'count')}`)
          .join(', '),
        days: spark.get(rule.rule_id) ?? [],
      })),
    },
  };
}

function byAgentSection(rows: readonly ViolationByRuleRow[]): Section {
  const agents = [...grouped(rows, ({ agent_id }) => agent_id)]
    .map(([agent, group]) => ({
      agent,
      live: sumOf(group, ({ live }) => live),
      counts: SEVERITIES.map((severity) =>
        sumOf(group, (row) => (row.severity === severity ? row.live : 0)),
      ),
    }))
    .filter(({ live }) => live > 0)
    .toSorted((a, b) => b.live - a.live)
    .slice(0, 12);
  const chart: Chart = {
    is: 'bars',
    layout: 'lying',
    isStacked: true,
    title: 'Violations by agent and severity',
    alt:
      agents[0] === undefined
        ? 'None.'
        : `${agents[0].agent} has the most, ${showValue(agents[0].live, 'count')}.`,
    unit: 'count',
    categories: agents.map(({ agent }) => agent),
    series: SEVERITIES.map((name, at) => ({
      name,
      values: agents.map(({ counts }) => counts[at] ?? 0),
      ...toneOfSeverity(name),
    })).filter(({ values }) => values.some((value) => value > 0)),
  };
  return {
    id: 'agents',
    title: 'By agent',
    text: agents.length === 0 ? ['No agent broke a rule.'] : [],
    charts: [chart],
  };
}

function shadowSection(sums: readonly RuleSum[]): Section {
  return {
    id: 'on-trial',
    title: 'Rules on trial (shadow)',
    table: {
      none: 'No rule on trial matched.',
      columns: [
        { key: 'rule_id', title: 'rule', unit: 'text' },
        { key: 'severity', title: 'severity', unit: 'text' },
        { key: 'shadow', title: 'would match', unit: 'count' },
        { key: 'message', title: 'the latest one', unit: 'text' },
      ],
      rows: sums
        .filter(({ shadow }) => shadow > 0)
        .toSorted((a, b) => b.shadow - a.shadow)
        .slice(0, SHOWN),
    },
  };
}
