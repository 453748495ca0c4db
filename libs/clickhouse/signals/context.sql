-- What an alert on an agent should carry: releases, policy bundles, and runs to look at, worst first by what the alert
-- is about (errors, duration, cost). For several agents at once.
SELECT
    tenant_id AS tenant,
    agent_id AS agent,
    groupUniqArray(4)(agent_version) AS versions,
    groupUniqArray(4)(policy_bundle) AS bundles,
    arraySlice(arrayMap(x -> x.2, arrayReverseSort(groupArray(1000)((run_errors, run_id)))), 1, 5) AS by_errors,
    arraySlice(arrayMap(x -> x.2, arrayReverseSort(groupArray(1000)((run_ns, run_id)))), 1, 5) AS by_duration,
    arraySlice(arrayMap(x -> x.2, arrayReverseSort(groupArray(1000)((run_cost, run_id)))), 1, 5) AS by_cost
FROM
(
    SELECT
        tenant_id, agent_id, run_id, max(agent_version) AS agent_version, max(policy_bundle) AS policy_bundle,
        countIf(status IN ('error', 'timeout', 'blocked', 'abandoned')) AS run_errors,
        max(duration_ns) AS run_ns, sumIf(cost_nano_usd, usage_scope = 'own') AS run_cost
    FROM events
    WHERE event_time >= toDateTime({since:UInt32}, 'UTC') AND event_time < toDateTime({until:UInt32}, 'UTC')
        AND tenant_id IN {tenants:Array(String)} AND agent_id IN {agents:Array(String)} AND run_id != ''
    GROUP BY tenant_id, agent_id, run_id
)
GROUP BY tenant, agent
