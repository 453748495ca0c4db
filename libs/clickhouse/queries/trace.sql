-- Every event of a run, or of a trace, in order. trace_index gives the range of time and arrival, so that the events
-- table is read in a few granules of a few partitions only.
WITH bounds AS
(
    SELECT
        min(t.first_event) AS first_event, max(t.last_time) AS last_event,
        min(t.first_ingested) AS first_ingested, max(t.last_ingested) AS last_ingested
    FROM trace_index AS t
    WHERE (run_id = {id:String} OR trace_id = {id:String})
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
)
SELECT
    event_id, tenant_id, kind, phase, event_time, start_time, duration_ns, seq, trace_id, span_id, parent_span_id,
    links, run_id, conversation_id, attempt, agent_id, agent_version, name, status, error_type, error_message,
    failure_mode, input, input_truncated, output, output_truncated, model_operation, request_model, response_model,
    ttft_ns, input_tokens, output_tokens, usage_scope, cost_nano_usd, tool_name, tool_effect, tool_call_id,
    retrieval_source, decision_id, decision_type, decision_chosen, confidence, confidence_kind, alternatives, rationale,
    guardrail_verdict, guardrail_reason, handoff_from, handoff_to, evaluation_name, evaluation_score,
    feedback_type, feedback_decision, outcome_kpi, outcome_value, outcome_unit, outcome_success, state_entity,
    state_from, state_to, data_context, attributes, redactions, verdicts, source_partition, source_offset, generation
FROM events
WHERE (run_id = {id:String} OR trace_id = {id:String})
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND event_time >= (SELECT first_event FROM bounds) AND event_time <= (SELECT last_event FROM bounds)
    AND ingested_at >= (SELECT first_ingested FROM bounds) AND ingested_at <= (SELECT last_ingested FROM bounds)
ORDER BY event_time, seq, source_partition, source_offset
LIMIT {limit:UInt32}
