-- How does cost go over time? From stats_5m, own usage only.
SELECT
    toStartOfInterval(s.bucket, toIntervalSecond({step_seconds:UInt32})) AS time,
    multiIf({by:String} = 'agent', CAST(agent_id, 'String'), {by:String} = 'subject', CAST(subject, 'String'),
        {by:String} = 'version', concat(agent_id, '@', agent_version), '') AS series,
    sumIf(s.operations, s.input_tokens + s.output_tokens + s.cost_nano_usd > 0) AS calls,
    sum(s.input_tokens) AS input_tokens,
    sum(s.output_tokens) AS output_tokens,
    sum(s.cache_read_tokens) AS cache_read_tokens,
    round(sum(s.cost_nano_usd) / 1e9, 9) AS cost_usd
FROM stats_5m AS s
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
    AND s.bucket >= {since:DateTime('UTC')} AND s.bucket < {until:DateTime('UTC')}
GROUP BY time, series
HAVING calls > 0
ORDER BY time, series
LIMIT {limit:UInt32}
