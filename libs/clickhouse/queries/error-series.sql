-- How do failures go over time? From stats_5m; with the operations they are a share of.
SELECT
    toStartOfInterval(s.bucket, toIntervalSecond({step_seconds:UInt32})) AS time,
    multiIf({by:String} = 'agent', CAST(agent_id, 'String'), {by:String} = 'subject', CAST(subject, 'String'),
        {by:String} = 'kind', CAST(kind, 'String'), {by:String} = 'failure_mode', CAST(failure_mode, 'String'),
        {by:String} = 'version', concat(agent_id, '@', agent_version), '') AS series,
    sum(s.operations) AS own_operations,
    if({by:String} = 'failure_mode', sum(own_operations) OVER (PARTITION BY time), own_operations) AS operations,
    sumIf(s.events, status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != '') AS failures,
    round(if(failures = 0, 0, failures / greatest(operations, failures)), 4) AS failure_share
FROM stats_5m AS s
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
    AND s.bucket >= {since:DateTime('UTC')} AND s.bucket < {until:DateTime('UTC')}
GROUP BY time, series
ORDER BY time, series
LIMIT {limit:UInt32}
