-- What was for nothing? Per agent and operation: second and later tries; the same operation with the same input for the
-- third time or more in one run; and input tokens that the call before had sent already and no cache served. The last is
-- told from token counts: a call that reads at least as much as the one before it in the same run and of the same agent
-- is taken to carry its context along; its cost is the tokens' share of the call, an upper bound, as output costs more.
WITH calls AS
(
    SELECT
        tenant_id, run_id, CAST(e.agent_id, 'String') AS agent_id, CAST(e.kind, 'String') AS kind,
        multiIf(e.kind = 'tool_call', CAST(tool_name, 'String'), e.kind = 'model_call', CAST(request_model, 'String'),
            e.kind = 'retrieval', retrieval_source, name) AS subject,
        e.event_time AS event_time, duration_ns, attempt > 1 AS is_retry,
        if(usage_scope = 'own', e.input_tokens, 0) AS input_tokens,
        if(usage_scope = 'own', e.input_tokens + e.output_tokens, 0) AS tokens,
        if(usage_scope = 'own', e.cost_nano_usd, 0) AS cost_nano_usd,
        input = '' AND input_digest = '' AS is_blind,
        row_number() OVER (PARTITION BY tenant_id, run_id, agent_id, kind, subject, is_retry,
            cityHash64(input, input_digest) ORDER BY e.event_time, seq) AS time_no,
        lagInFrame(input_tokens, 1, toInt64(0)) OVER (PARTITION BY tenant_id, run_id, agent_id, kind, is_retry
            ORDER BY e.event_time, seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS sent_before,
        if(kind = 'model_call' AND NOT is_retry AND sent_before > 0 AND input_tokens >= sent_before,
            greatest(sent_before - cache_read_tokens, 0), 0) AS repeated
    FROM events AS e
    WHERE e.kind IN ('model_call', 'tool_call', 'retrieval') AND phase IN ('end', 'point')
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR e.agent_id = {agent:String})
        AND e.event_time >= {since:DateTime('UTC')} AND e.event_time < {until:DateTime('UTC')}
)
SELECT
    one.1 AS waste, agent_id, kind, subject,
    count() AS n,
    uniqExact(tenant_id, run_id) AS runs,
    sum(one.2) AS wasted_tokens,
    wasted_tokens AS tokens,
    round(sum(one.3) / 1e9, 9) AS cost_usd,
    round(sum(one.4) / 1e6, 3) AS time_ms,
    round(if(any(agent_cost) > 0, sum(one.3) / any(agent_cost), 0), 4) AS cost_share,
    argMax(run_id, event_time) AS last_run_id
FROM
(
    SELECT
        tenant_id, run_id, agent_id, kind, subject, event_time,
        sum(cost_nano_usd) OVER (PARTITION BY agent_id) AS agent_cost,
        arrayFilter(x -> x.1 != '', [
            (if(is_retry, 'retry', ''), tokens, toFloat64(cost_nano_usd), duration_ns),
            (if(NOT is_retry AND NOT is_blind AND time_no >= 3, 'loop', ''), tokens, toFloat64(cost_nano_usd),
                duration_ns),
            (if(repeated > 0, 'repeated_context', ''), repeated, cost_nano_usd * repeated / greatest(tokens, 1),
                toInt64(0))]) AS wasted
    FROM calls
)
ARRAY JOIN wasted AS one
GROUP BY waste, agent_id, kind, subject
ORDER BY cost_usd DESC, n DESC, waste, agent_id, kind, subject
LIMIT {limit:UInt32}
