// Reads what alerts go by: rules with their tests, routes, the agent registry.
// Guarantees: a mistake in any of them, or a test beside a rule that fails, stops the start with
// file, line, wanted and found; nothing is half in force.
// Example: const alerting = loadAlerting(config); alerting.rules.length
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, Business } from '@agentspine/alert/alert';
import { parseRoutes } from '@agentspine/alert/parse-routes';
import { parseRules } from '@agentspine/alert/parse-rules';
import { raise, type Source } from '@agentspine/alert/read-fields';
import type { Routing } from '@agentspine/alert/routes';
import type { Rule, RuleTest } from '@agentspine/alert/rule';
import { runRuleTest } from '@agentspine/alert/run-rule-test';
import type { Config } from '@agentspine/config/config-schema';
import { nearest } from '@agentspine/config/nearest';
import { readYaml } from '@agentspine/config/read-yaml';
import { parseAgents } from '@agentspine/enrich/agents';
import { SpineError, type SpineErrorCode } from '@agentspine/outcome/errors';

export type Alerting = {
  readonly rules: readonly Rule[];
  readonly tests: readonly RuleTest[];
  readonly routing: Routing;
  readonly businessOf: (agent: string, tenant: string) => Business;
  readonly linkOf: (alert: Alert) => string;
};

export function loadAlerting(config: Config): Alerting {
  const { sentinel, enrich } = config;
  const files = sentinel.rules.flatMap(ruleFiles);
  const { rules, tests } = parseRules(files.map((file) => sourceOf(file, 'SPINE_ALERT_FILE')));
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  raise(
    tests.flatMap((test) => {
      const rule = byId.get(test.rule);
      return rule === undefined ? [] : runRuleTest(rule, test);
    }),
  );
  const { value, locate } = sourceOf(enrich.agent_registry, 'SPINE_AGENTS_FILE');
  const agents = parseAgents(value, locate);
  return {
    rules,
    tests,
    routing: parseRoutes(sourceOf(sentinel.routes, 'SPINE_ALERT_FILE')),
    businessOf: (agent, tenant) => {
      const { owner, team, criticality, cost_center, kpi } = agents.businessOf(agent, tenant);
      return { owner, team, criticality, costCenter: cost_center, kpi };
    },
    linkOf: (alert) => filled(sentinel.link, alert),
  };
}

/** A YAML file with its places. */
export function sourceOf(path: string, code: SpineErrorCode): Source {
  const { value, locate } = readYaml(textOf(path, code), path);
  return { value, locate, nearest };
}

/** A file itself, or the rule files of a folder in order of their names; routes are not rules. */
export function ruleFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.ya?ml$/u.test(name));
    const rules = names.filter((name) => !name.startsWith('routes.'));
    return rules.toSorted().map((name) => join(path, name));
  } catch (error) {
    throw unreadable(path, 'SPINE_ALERT_FILE', error);
  }
}

function textOf(path: string, code: SpineErrorCode): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, code, error);
  }
}

function unreadable(path: string, code: SpineErrorCode, cause: unknown): SpineError {
  const found = (cause as NodeJS.ErrnoException).code ?? 'an error';
  return new SpineError(code, { where: path, wanted: 'a readable file', found, cause });
}

const AROUND_MS = 3_600_000;

/** sentinel.link with the places of the alert filled in; '' stays ''. */
function filled(template: string, alert: Alert): string {
  const from = alert.startedAtMs - alert.windowMs - AROUND_MS;
  const to = Math.max(alert.updatedAtMs, alert.startedAtMs) + AROUND_MS;
  const values: Readonly<Record<string, string>> = {
    tenant: alert.labels['tenant'] ?? '',
    agent: alert.labels['agent'] ?? '',
    rule: alert.ruleId,
    key: alert.key,
    from: String(from),
    to: String(to),
  };
  return template.replaceAll(/\{(\w+)\}/gu, (whole, name: string) =>
    values[name] === undefined ? whole : encodeURIComponent(values[name]),
  );
}
