-- The latest runs, newest first.
SELECT
    tenant_id, run_id, agent_id, started_at, ended_at, duration_ms, status, events, errors, model_calls, tool_calls,
    decisions, input_tokens, output_tokens, cost_usd, violations, shadow_violations, worst_severity, redactions,
    outcome, trace_ids
FROM v_runs
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND started_at >= {since:DateTime('UTC')} AND started_at < {until:DateTime('UTC')}
ORDER BY started_at DESC, run_id
LIMIT {limit:UInt32}
