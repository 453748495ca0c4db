-- How does latency go over time? From hist_5m; one line per series and step, steps without operations left out.
SELECT
    toStartOfInterval(h.bucket, toIntervalSecond({step_seconds:UInt32})) AS time,
    multiIf({by:String} = 'agent', CAST(agent_id, 'String'), {by:String} = 'subject', CAST(subject, 'String'),
        {by:String} = 'kind', CAST(kind, 'String'), '') AS series,
    sum(h.n) AS operations,
    quantilesExactWeighted(0.5, 0.95, 0.99)(hb, h.n) AS bins,
    round(exp2((bins[1] + 0.5) / 16) / 1e6, 3) AS p50_ms,
    round(exp2((bins[2] + 0.5) / 16) / 1e6, 3) AS p95_ms,
    round(exp2((bins[3] + 0.5) / 16) / 1e6, 3) AS p99_ms
FROM hist_5m AS h
WHERE metric = 'duration_ns'
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
    AND h.bucket >= {since:DateTime('UTC')} AND h.bucket < {until:DateTime('UTC')}
GROUP BY time, series
ORDER BY time, series
LIMIT {limit:UInt32}
