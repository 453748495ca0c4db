-- Alerts that are not over, and those of the keys given: the newest state of the newest incident of each.
SELECT
    alert_key, toUnixTimestamp64Milli(pending_at) AS pending_ms, state, rule_id, rule_name, kind, severity,
    toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(broken_at) AS broken_ms,
    toUnixTimestamp64Milli(no_data_at) AS no_data_ms, toUnixTimestamp64Milli(resolved_at) AS resolved_ms,
    toUnixTimestamp64Milli(updated_at) AS updated_ms, value, threshold, n, window_ms, summary, cause, agent_versions,
    policy_bundles, labels, example_runs, owner, team, criticality, cost_center, kpi, advice, runbook, revision
FROM
(
    SELECT * FROM alerts
    WHERE updated_at >= toDateTime({since:UInt32}, 'UTC')
    ORDER BY revision DESC
    LIMIT 1 BY tenant_id, alert_key
)
WHERE resolved_ms = 0 OR has({members:Array(String)}, alert_key)
