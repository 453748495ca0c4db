-- Which rules match, at which agents, and how grave is it? Live beside shadow; message and run are of the latest match.
SELECT
    rule_id, agent_id, severity,
    toUInt8(indexOf(['info', 'low', 'medium', 'high', 'critical'], CAST(severity, 'String'))) AS severity_rank,
    countIf(status != 'shadow') AS live,
    countIf(status = 'shadow') AS shadow,
    countIf(status != 'shadow' AND v.action = 'block') AS blocking,
    uniqExactIf((tenant_id, run_id), status != 'shadow') AS live_runs,
    uniqExactIf((tenant_id, run_id), status = 'shadow') AS shadow_runs,
    max(v.rule_version) AS rule_version,
    min(v.event_time) AS first_time,
    max(v.event_time) AS last_time,
    argMax(v.message, v.event_time) AS message,
    argMax(v.run_id, v.event_time) AS last_run_id
FROM violations AS v
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND v.event_time >= {since:DateTime('UTC')} AND v.event_time < {until:DateTime('UTC')}
GROUP BY rule_id, agent_id, severity
ORDER BY severity_rank DESC, live DESC, shadow DESC, rule_id, agent_id
LIMIT {limit:UInt32}
