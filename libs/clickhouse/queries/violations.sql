-- Which rules match most? Live and shadow apart; message, action and last_run_id are of the latest match.
SELECT
    rule_id,
    any(v.severity) AS severity,
    countIf(status != 'shadow') AS live,
    countIf(status = 'shadow') AS shadow,
    uniqExact(v.run_id) AS runs,
    arraySort(groupUniqArray(8)(CAST(agent_id, 'String'))) AS agents,
    max(v.event_time) AS last_time,
    argMax(v.message, v.event_time) AS message,
    argMax(v.action, v.event_time) AS action,
    argMax(v.run_id, v.event_time) AS last_run_id
FROM violations AS v
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND v.event_time >= {since:DateTime('UTC')} AND v.event_time < {until:DateTime('UTC')}
GROUP BY rule_id
ORDER BY indexOf(['critical', 'high', 'medium', 'low', 'info'], severity), live DESC, shadow DESC, rule_id
LIMIT {limit:UInt32}
