-- Counts per five minutes and series over a long time, for the backtest: cells are (five minutes since the start, events,
-- operations, failures, runs, cost, tokens).
SELECT
    tenant, agent, version, environment_, kind_, subject_,
    groupArray((step, events_sum, operations_sum, errors, runs, cost_usd, tokens)) AS cells
FROM
(
    SELECT
        if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
        if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
        if(has({by:Array(String)}, 'version'), agent_version, '') AS version,
        if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
        if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
        if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
        intDiv(toUnixTimestamp(bucket) - {since:UInt32}, 300) AS step,
        sum(events) AS events_sum,
        sum(operations) AS operations_sum,
        sumIf(operations, status IN ('error', 'timeout', 'blocked', 'abandoned')) AS errors,
        sumIf(operations, kind = 'agent_run') AS runs,
        sum(cost_nano_usd) / 1e9 AS cost_usd,
        sum(input_tokens) + sum(output_tokens) AS tokens
    FROM stats_5m
    WHERE bucket >= toDateTime({since:UInt32}, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
        AND ({version:String} = '' OR agent_version = {version:String})
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({kind:String} = '' OR kind = {kind:String})
        AND ({subject:String} = '' OR subject = {subject:String})
    GROUP BY tenant, agent, version, environment_, kind_, subject_, step
)
GROUP BY tenant, agent, version, environment_, kind_, subject_
