-- Who hands over to whom, how often, and how well? One row per pair of agents and way of handing over.
SELECT
    if(handoff_from = '', CAST(agent_id, 'String'), handoff_from) AS from_agent,
    handoff_to AS to_agent, handoff_mode AS mode, handoff_protocol AS protocol,
    count() AS handoffs,
    uniqExact(tenant_id, run_id) AS runs,
    countIf(status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != ''
        OR handoff_task_state IN ('failed', 'rejected', 'canceled')) AS failures,
    round(failures / handoffs, 4) AS failure_share,
    round(quantileIf(0.5)(duration_ns, duration_ns > 0) / 1e6, 3) AS p50_ms,
    round(quantileIf(0.95)(duration_ns, duration_ns > 0) / 1e6, 3) AS p95_ms,
    max(event_time) AS last_time,
    argMax(run_id, event_time) AS last_run_id
FROM events
PREWHERE kind = 'handoff'
WHERE phase IN ('end', 'point')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String} OR handoff_to = {agent:String})
    AND event_time >= {since:DateTime('UTC')} AND event_time < {until:DateTime('UTC')}
GROUP BY from_agent, to_agent, mode, protocol
ORDER BY handoffs DESC, from_agent, to_agent, mode, protocol
LIMIT {limit:UInt32}
