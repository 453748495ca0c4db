-- Slow and all operations per five minutes and series over a long time, for the backtest.
SELECT
    tenant, agent, '' AS version, '' AS environment_, kind_, subject_, groupArray((step, bad, total)) AS cells
FROM
(
    SELECT
        if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
        if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
        if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
        if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
        intDiv(toUnixTimestamp(bucket) - {since:UInt32}, 300) AS step,
        sumIf(n, hb >= ceil(log2({target_ns:Float64}) * 16)) AS bad,
        sum(n) AS total
    FROM hist_5m
    WHERE metric = 'duration_ns'
        AND bucket >= toDateTime({since:UInt32}, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
        AND ({kind:String} = '' OR kind = {kind:String})
        AND ({subject:String} = '' OR subject = {subject:String})
    GROUP BY tenant, agent, kind_, subject_, step
)
GROUP BY tenant, agent, kind_, subject_
