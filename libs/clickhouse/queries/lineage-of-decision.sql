-- Which data fed a decision? Declared first, then what its cause brought, then the latest read before it.
SELECT
    decision_id, link, source, name, version, classification, fields, score, event_time, before_ms, agent_id, kind,
    subject, status, run_id, span_id, event_id
FROM v_decision_data(decision_id = {id:String})
WHERE {tenant:String} = '' OR tenant_id = {tenant:String}
ORDER BY indexOf(['declared', 'caused', 'read'], link), before_ms, source, name, event_id
LIMIT {limit:UInt32}
