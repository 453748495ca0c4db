-- Where did the wall time of one run go? One row per operation on its critical path, in the order they began.
SELECT
    run_id, span_id, parent_span_id, depth, category, agent_id, kind, subject, status, offset_ms, duration_ms,
    critical_ms, share
FROM v_critical_path(run_id = {id:String})
WHERE {tenant:String} = '' OR tenant_id = {tenant:String}
ORDER BY offset_ms, depth, span_id
LIMIT {limit:UInt32}
