-- Alerts for people: newest incidents first, open ones before those that are over.
SELECT
    alert_key, rule_id, rule_name, severity, state, tenant_id, agent_id, labels, summary, cause, example_runs,
    agent_version, advice, runbook, muted_by, value, threshold, n,
    toUnixTimestamp64Milli(pending_at) AS pending_ms, toUnixTimestamp64Milli(started_at) AS started_ms,
    toUnixTimestamp64Milli(resolved_at) AS resolved_ms, toUnixTimestamp64Milli(updated_at) AS updated_ms
FROM v_alerts
WHERE (resolved_ms = 0 OR ({closed:UInt8} = 1 AND pending_at >= toDateTime({since:UInt32}, 'UTC')))
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({key:String} = '' OR startsWith(alert_key, {key:String}))
ORDER BY resolved_ms > 0, indexOf(['critical', 'high', 'medium', 'low', 'info'], severity), started_ms DESC, alert_key
LIMIT {limit:UInt32}
