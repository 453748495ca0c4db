-- Median duration of a window over that of the seven days before it, per series. n is the smaller count of the two.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    '' AS version, '' AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
    sumIf(n, bucket >= toDateTime({since:UInt32}, 'UTC')) AS n_now,
    sumIf(n, bucket < toDateTime({since:UInt32}, 'UTC')) AS n_before,
    quantileExactWeightedIf(0.5)(hb, n, bucket >= toDateTime({since:UInt32}, 'UTC')) AS bin_now,
    quantileExactWeightedIf(0.5)(hb, n, bucket < toDateTime({since:UInt32}, 'UTC')) AS bin_before,
    if(n_now = 0 OR n_before = 0, nan, exp2((toFloat64(bin_now) - toFloat64(bin_before)) / 16)) AS ratio,
    exp2((bin_now + 0.5) / 16) / 1e6 AS now_ms,
    exp2((bin_before + 0.5) / 16) / 1e6 AS before_ms
FROM hist_5m
WHERE metric = 'duration_ns'
    AND bucket >= toDateTime({since:UInt32} - 604800, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
HAVING n_now > 0
