-- How far does each failure reach? Runs, tenants, agents, conversations and people it touched.
SELECT
    if(e.failure_mode = '', CAST(status, 'String'), CAST(e.failure_mode, 'String')) AS failure_mode,
    error_type, kind,
    multiIf(kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
        kind = 'retrieval', retrieval_source, name) AS subject,
    count() AS failures,
    uniqExact(tenant_id, run_id) AS runs,
    round(least(runs / greatest((
        SELECT uniqExact(tenant_id, run_id) FROM trace_index
        WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
            AND last_time >= {since:DateTime('UTC')}
            AND first_event < {until:DateTime('UTC')}), 1), 1), 4) AS run_share,
    uniqExact(tenant_id) AS tenants,
    uniqExact(agent_id) AS agents,
    uniqExactIf((tenant_id, conversation_id), conversation_id != '') AS conversations,
    uniqExactIf((tenant_id, actor_id), actor_id != '') AS actors,
    min(event_time) AS first_time,
    max(event_time) AS last_time,
    argMax(run_id, event_time) AS last_run_id
FROM events AS e
PREWHERE (e.status IN ('error', 'timeout', 'blocked', 'abandoned') OR e.failure_mode != '')
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND event_time >= {since:DateTime('UTC')} AND event_time < {until:DateTime('UTC')}
GROUP BY failure_mode, error_type, kind, subject
ORDER BY runs DESC, failures DESC, failure_mode, error_type, kind, subject
LIMIT {limit:UInt32}
