-- The latest runs, newest first. Which they are is told from the times alone, and only those are then put together.
WITH latest AS
(
    SELECT tenant_id, run_id
    FROM trace_index AS t
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR t.agent_id = {agent:String})
        AND t.last_time >= {since:DateTime('UTC')} AND t.first_time < {until:DateTime('UTC')}
    GROUP BY tenant_id, run_id
    HAVING min(t.first_time) >= {since:DateTime('UTC')}
    ORDER BY min(t.first_time) DESC, run_id
    LIMIT {limit:UInt32}
)
SELECT
    tenant_id, run_id, agent_id, started_at, ended_at, duration_ms, status, events, errors, model_calls, tool_calls,
    decisions, input_tokens, output_tokens, cost_usd, violations, shadow_violations, worst_severity, redactions,
    outcome, trace_ids
FROM v_runs
WHERE (tenant_id, run_id) IN (SELECT tenant_id, run_id FROM latest)
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND started_at >= {since:DateTime('UTC')} AND started_at < {until:DateTime('UTC')}
ORDER BY started_at DESC, run_id
LIMIT {limit:UInt32}
