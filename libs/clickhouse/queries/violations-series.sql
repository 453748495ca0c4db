-- How do violations go over time? Live beside shadow.
SELECT
    toStartOfInterval(v.event_time, toIntervalSecond({step_seconds:UInt32})) AS time,
    multiIf({by:String} = 'agent', CAST(agent_id, 'String'), {by:String} = 'rule', CAST(rule_id, 'String'),
        {by:String} = 'severity', CAST(severity, 'String'), '') AS series,
    countIf(status != 'shadow') AS live,
    countIf(status = 'shadow') AS shadow
FROM violations AS v
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND v.event_time >= {since:DateTime('UTC')} AND v.event_time < {until:DateTime('UTC')}
GROUP BY time, series
ORDER BY time, series
LIMIT {limit:UInt32}
