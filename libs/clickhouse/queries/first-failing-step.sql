-- In runs where something failed, what failed first? Later failures are often what the first led to. An operation ends
-- before the one that called it, so the first failure to end is the deepest.
SELECT
    f.agent_id AS agent_id, kind, subject, failure_mode, error_type,
    count() AS runs,
    countIf(r.is_failed) AS runs_failed,
    round(runs / sum(runs) OVER (PARTITION BY agent_id), 4) AS share,
    round(quantileExact(0.5)(greatest(at_us - r.began_us, 0)) / 1e3, 3) AS after_ms,
    max(at) AS last_time,
    argMax(f.run_id, at) AS last_run_id
FROM
(
    SELECT
        e.tenant_id AS tenant_id, e.run_id AS run_id, first.1 AS agent_id, first.2 AS kind, first.3 AS subject,
        first.4 AS failure_mode, first.5 AS error_type, min(event_time) AS at, toUnixTimestamp64Micro(at) AS at_us,
        argMin(
            (CAST(e.agent_id, 'String'), CAST(e.kind, 'String'), multiIf(
                e.kind = 'tool_call', CAST(e.tool_name, 'String'), e.kind = 'model_call',
                CAST(e.request_model, 'String'), e.kind = 'retrieval', e.retrieval_source, e.name),
                if(e.failure_mode = '', CAST(e.status, 'String'), CAST(e.failure_mode, 'String')),
                CAST(e.error_type, 'String')),
            (e.event_time, e.seq, e.source_offset)) AS first
    FROM events AS e
    PREWHERE (e.status IN ('error', 'timeout', 'blocked', 'abandoned') OR e.failure_mode != '')
    WHERE ({tenant:String} = '' OR e.tenant_id = {tenant:String})
        AND ({agent:String} = '' OR e.agent_id = {agent:String})
        AND e.event_time >= {since:DateTime('UTC')} AND e.event_time < {until:DateTime('UTC')}
    GROUP BY tenant_id, run_id
) AS f
LEFT JOIN
(
    SELECT
        tenant_id, run_id, toUnixTimestamp64Micro(min(first_time)) AS began_us,
        max(run_status) NOT IN ('', 'ok', 'unset', 'waiting') OR sum(t.outcomes) > sum(t.successes) AS is_failed
    FROM trace_index AS t
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String}) AND (tenant_id, run_id) IN
    (
        SELECT tenant_id, run_id
        FROM events AS e
        PREWHERE (e.status IN ('error', 'timeout', 'blocked', 'abandoned') OR e.failure_mode != '')
        WHERE ({tenant:String} = '' OR e.tenant_id = {tenant:String})
            AND ({agent:String} = '' OR e.agent_id = {agent:String})
            AND e.event_time >= {since:DateTime('UTC')} AND e.event_time < {until:DateTime('UTC')}
    )
    GROUP BY tenant_id, run_id
) AS r ON f.tenant_id = r.tenant_id AND f.run_id = r.run_id
GROUP BY agent_id, kind, subject, failure_mode, error_type
ORDER BY runs DESC, agent_id, kind, subject, failure_mode, error_type
LIMIT {limit:UInt32}
