// The variables of the dashboards: tenant, agent and environment, each with the query that fills
// its list and the filter it stands for in a panel's SQL.
// Guarantees: values reach SQL quoted (`:singlequote`), "All" reaches it as 1=1 by the plugin's
// $__conditionalAll; a list offers what was there in the dashboard's time range.
// Example: EXPANDED.tenant // $__conditionalAll(tenant_id IN (${tenant:singlequote}), $tenant)
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import type { VariableName } from './read-panels.ts';

const COLUMN: Readonly<Record<VariableName, string>> = {
  tenant: 'tenant_id',
  agent: 'agent_id',
  environment: 'environment',
};

const filterBy = (name: VariableName): string =>
  `$__conditionalAll(${COLUMN[name]} IN (\${${name}:singlequote}), $${name})`;

/** What `@tenant` and the others stand for in a panel's SQL. */
export const EXPANDED: Readonly<Record<VariableName, string>> = {
  tenant: filterBy('tenant'),
  agent: filterBy('agent'),
  environment: filterBy('environment'),
};

/** The list of a variable narrows with the ones before it on the same dashboard. */
export function variable(
  name: VariableName,
  before: readonly VariableName[],
): sdk.QueryVariableBuilder {
  const narrowed = before
    .slice(0, before.indexOf(name))
    .map((other) => `    AND ${EXPANDED[other]}`);
  const query = [
    `SELECT DISTINCT ${COLUMN[name]} FROM stats_5m`,
    `WHERE $__timeFilter(bucket) AND ${COLUMN[name]} != ''`,
    ...narrowed,
    `ORDER BY ${COLUMN[name]} LIMIT 1000`,
  ].join('\n');
  const all = { text: 'All', value: '$__all', selected: true };
  return new sdk.QueryVariableBuilder(name)
    .label(name)
    .datasource({ type: 'grafana-clickhouse-datasource', uid: 'agentspine-clickhouse' })
    .query(query)
    .definition(query)
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current(all);
}
