// spine report outcomes: which release made a KPI fall or rise, with its interval and a test that
// holds at any look; and what another decision would have brought, or why the log cannot say.
// Guarantees: KPIs are those of the files that the configuration names; units are never mixed; the
// answers and refusals of @agentspine/estimate, in their words.
// Example: tellOutcomes(await askOutcomes(asking, kpis), asking)
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type {
  KpiRow,
  KpiVersionRow,
  LoggedDecisionRow,
} from '@agentspine/clickhouse/decision-queries';
import { loadKpis } from '@agentspine/config/load-kpis';
import type { Kpi } from '@agentspine/estimate/kpi-file';
import type { Finding, Report } from '@agentspine/report/report';
import type { Asked, Asking } from './report-asking.ts';
import { judgeKpis, kpiSection, versionSections, type JudgedKpi } from './report-kpis.ts';
import { judgePolicies, policySection, type JudgedPolicy } from './report-policies.ts';
import { grouped, instantOf, sumOf } from './report-series.ts';
import { listed, spanWords } from './report-words.ts';

export type KpiAnswers = {
  readonly kpi: Kpi;
  readonly agent: string;
  /** By release and day. */
  readonly days: readonly KpiRow[];
  /** By release, over the span. */
  readonly whole: readonly KpiRow[];
  readonly versions: { readonly baseline: string; readonly candidate: string } | undefined;
  readonly compared: readonly KpiVersionRow[];
};

export type LogAnswers = {
  readonly kpi: Kpi;
  readonly agent: string;
  readonly log: readonly LoggedDecisionRow[];
};

export type OutcomeAnswers = {
  readonly kpis: readonly KpiAnswers[];
  readonly logs: readonly LogAnswers[];
};

/** Decisions read for an estimate of another policy; the newest, and it is said when that cut. */
const LOG_MAX = 20_000;
const TOLD = 6;
const REFUSALS = 3;

/** Of the files, or the .yaml files of the folders. */
export function readKpis(paths: readonly string[]): readonly Kpi[] {
  return loadKpis(paths, {
    read: (path) => readFileSync(path, 'utf8'),
    list: (path) =>
      existsSync(path) && !statSync(path).isDirectory()
        ? null
        : readdirSync(path)
            .toSorted()
            .map((name) => join(path, name)),
  });
}

export async function askOutcomes(asking: Asking, kpis: readonly Kpi[]): Promise<OutcomeAnswers> {
  const found: OutcomeAnswers[] = [];
  // One after the other: a KPI reads all decisions and results of the span.
  for (const kpi of kpis) found.push(await askKpi(asking, kpi));
  return {
    kpis: found.flatMap((each) => each.kpis),
    logs: found.flatMap((each) => each.logs),
  };
}

async function askKpi(asking: Asking, kpi: Kpi): Promise<OutcomeAnswers> {
  const { kind, name, measure, combine, environments, days } = kpi;
  const params = { ...asking.range, kind, name, measure, combine, environments, days };
  const byVersion = { ...params, by: 'agent_version' as const };
  const whole = await asking.run('kpi', byVersion);
  const daily = whole.length === 0 ? [] : await asking.run('kpi', { ...byVersion, step: 'day' });
  const kpis: KpiAnswers[] = [];
  const logs: LogAnswers[] = [];
  for (const [agent, rows] of grouped(whole, ({ agent_id }) => agent_id)) {
    if (kpi.agents.length > 0 && !kpi.agents.includes(agent)) continue;
    const ofAgent = daily.filter(({ agent_id }) => agent_id === agent);
    const versions = versionsOf(ofAgent);
    const compared =
      versions === undefined
        ? []
        : await asking.run('kpi-versions', { ...params, agent, ...versions });
    kpis.push({ kpi, agent, days: ofAgent, whole: rows, versions, compared });
    if (kind !== 'outcome' || measure === 'count') continue;
    const logged = { ...asking.range, agent, name, measure, days, limit: LOG_MAX };
    logs.push({ kpi, agent, log: await asking.run('logged-decisions', logged) });
  }
  return { kpis, logs };
}

/** The release that came last, against the one before it with most behind it. */
function versionsOf(days: readonly KpiRow[]): KpiAnswers['versions'] {
  const seen = [...grouped(days, ({ slice }) => slice)]
    .filter(([version]) => version !== '')
    .map(([version, rows]) => ({
      version,
      first: rows.reduce((least, { bucket }) => Math.min(least, instantOf(bucket)), Infinity),
      n: sumOf(rows, ({ n }) => n),
    }))
    .filter(({ n }) => n > 0)
    .toSorted((a, b) => b.first - a.first || (a.version < b.version ? 1 : -1));
  const [candidate, ...others] = seen;
  const baseline = others.toSorted((a, b) => b.n - a.n)[0];
  if (candidate === undefined || baseline === undefined) return undefined;
  return { baseline: baseline.version, candidate: candidate.version };
}

export function tellOutcomes(
  { kpis, logs }: OutcomeAnswers,
  asked: Asked,
): Omit<Report, 'sources'> {
  const judged = judgeKpis(kpis);
  const policies = judgePolicies(logs);
  return {
    what: 'outcomes',
    title: 'Outcomes',
    scope: asked.scope,
    findings: findings(judged, policies, asked),
    sections: [...versionSections(judged), kpiSection(judged), policySection(policies)],
    commands: ['spine report decisions'],
  };
}

function findings(
  judged: readonly JudgedKpi[],
  policies: readonly JudgedPolicy[],
  asked: Asked,
): readonly Finding[] {
  if (judged.length === 0) {
    const text = `insufficient data: no result of any KPI in the last ${spanWords(asked.scope)}.`;
    return [{ tone: 'plain', text }];
  }
  const tell = (verdict: string, tone: Finding['tone']): readonly Finding[] =>
    judged
      .filter(({ comparison }) => comparison?.verdict === verdict)
      .slice(0, TOLD)
      .map(({ words }) => ({ tone, text: `${words}.` }));
  const calm = judged.filter(({ comparison }) => comparison?.verdict === 'no difference shown');
  const few = judged.filter(({ comparison }) => comparison?.verdict === 'insufficient_data');
  const single = judged.filter(({ comparison }) => comparison === undefined);
  const named = (some: readonly JudgedKpi[]): string =>
    listed(
      some.map(({ kpi, agent }) => `${kpi.id} of ${agent}`),
      TOLD,
    );
  return [
    ...tell('worse', 'bad'),
    ...tell('better', 'good'),
    ...(calm.length > 0
      ? [{ tone: 'plain' as const, text: `No difference shown between releases: ${named(calm)}.` }]
      : []),
    ...few.slice(0, TOLD).map(({ words }): Finding => ({ tone: 'plain', text: `${words}.` })),
    ...(single.length > 0
      ? [
          {
            tone: 'plain' as const,
            text: `One release alone, nothing to compare: ${named(single)}.`,
          },
        ]
      : []),
    ...policies
      .filter(({ state }) => state === 'better')
      .slice(0, TOLD)
      .map(({ words }): Finding => ({ tone: 'warn', text: `${words}.` })),
    ...refusals(policies).map((text): Finding => ({ tone: 'plain', text })),
  ];
}

/** What the log cannot say, once for all options of a decision. */
function refusals(policies: readonly JudgedPolicy[]): readonly string[] {
  const refused = policies.filter(({ state }) => state === 'refused');
  return [...grouped(refused, ({ agent, type, kpi }) => `${agent}, ${type}: ${kpi}`)]
    .slice(0, REFUSALS)
    .map(([what, [first]]) => {
      const why = first?.answer.state === 'answer' ? '' : (first?.answer.words ?? '');
      return `${what}, had it been decided otherwise: ${why}.`;
    });
}
