-- Percentiles of a window from the histogram, per series, in milliseconds.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    '' AS version, '' AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
    arrayMap(x -> exp2((x + 0.5) / 16) / 1e6, quantilesExactWeighted(0.5, 0.95, 0.99)(hb, n)) AS q,
    sum(n) AS n_sum
FROM hist_5m
WHERE metric = {metric:String}
    AND bucket >= toDateTime({since:UInt32}, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
