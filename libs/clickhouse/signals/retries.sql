-- Finished operations of a window and how many of them were a repeated attempt (attempt above 1), with their cost.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    if(has({by:Array(String)}, 'version'), agent_version, '') AS version,
    if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'),
        multiIf(kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
            name),
        '') AS subject_,
    count() AS operations_sum,
    countIf(attempt > 1) AS retries,
    sumIf(cost_nano_usd, attempt > 1 AND usage_scope = 'own') / 1e9 AS retry_cost_usd
FROM events
WHERE event_time >= toDateTime({since:UInt32}, 'UTC') AND event_time < toDateTime({until:UInt32}, 'UTC')
    AND ingested_at >= toDateTime({since:UInt32}, 'UTC')
    AND phase IN ('end', 'point')
    AND kind IN ('model_call', 'tool_call', 'step', 'agent_run')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({version:String} = '' OR agent_version = {version:String})
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({kind:String} = '' OR kind = {kind:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
