-- More views, one per question; docs/query.md has an example of each. Those with a day or an hour read little where it is
-- named; those with parameters, v_…(since = '…', until = '…'), want them named always.
-- A failure is an event with status error, timeout, blocked or abandoned, or with a failure mode (docs/failure-modes.md).

-- How fast do models answer? One row per agent, model and hour; percentiles at most 2.2 % off.
CREATE OR REPLACE VIEW {database}.v_model_speed AS
SELECT
    tenant_id, agent_id, subject AS model, toStartOfHour(bucket) AS hour,
    sumIf(h.n, metric = 'duration_ns') AS calls,
    round(exp2((quantileExactWeightedIf(0.5)(hb, h.n, metric = 'duration_ns') + 0.5) / 16) / 1e6, 3) AS p50_ms,
    round(exp2((quantileExactWeightedIf(0.95)(hb, h.n, metric = 'duration_ns') + 0.5) / 16) / 1e6, 3) AS p95_ms,
    sumIf(h.n, metric = 'ttft_ns') AS streamed,
    if(streamed = 0, nan, round(exp2((quantileExactWeightedIf(0.5)(hb, h.n, metric = 'ttft_ns') + 0.5) / 16) / 1e6, 3))
        AS first_token_p50_ms,
    if(streamed = 0, nan, round(exp2((quantileExactWeightedIf(0.95)(hb, h.n, metric = 'ttft_ns') + 0.5) / 16) / 1e6, 3))
        AS first_token_p95_ms
FROM {database}.hist_5m AS h
WHERE metric IN ('duration_ns', 'ttft_ns') AND kind = 'model_call'
GROUP BY tenant_id, agent_id, model, hour
HAVING calls > 0;

-- Which failures are new? One row per way of failing of an agent: since when, until when, how often.
CREATE OR REPLACE VIEW {database}.v_failure_history AS
SELECT
    tenant_id, agent_id, kind, subject,
    if(s.failure_mode = '', CAST(status, 'String'), CAST(s.failure_mode, 'String')) AS failure_mode,
    error_type,
    min(bucket) AS first_time,
    max(bucket) AS last_time,
    sum(s.events) AS failures,
    uniqExact(toDate(bucket)) AS days
FROM {database}.stats_5m AS s
WHERE status IN ('error', 'timeout', 'blocked', 'abandoned') OR s.failure_mode != ''
GROUP BY tenant_id, agent_id, kind, subject, failure_mode, error_type;

-- How far does a failure reach? One row per way of failing and day.
CREATE OR REPLACE VIEW {database}.v_blast_radius AS
SELECT
    toDate(event_time) AS day,
    if(e.failure_mode = '', CAST(status, 'String'), CAST(e.failure_mode, 'String')) AS failure_mode,
    error_type, kind,
    multiIf(kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
        kind = 'retrieval', retrieval_source, name) AS subject,
    count() AS failures,
    uniqExact(tenant_id, run_id) AS runs,
    uniqExact(tenant_id) AS tenants,
    uniqExact(agent_id) AS agents,
    uniqExactIf((tenant_id, conversation_id), conversation_id != '') AS conversations,
    uniqExactIf((tenant_id, actor_id), actor_id != '') AS actors,
    argMax(run_id, event_time) AS last_run_id
FROM {database}.events AS e
WHERE status IN ('error', 'timeout', 'blocked', 'abandoned') OR e.failure_mode != ''
GROUP BY day, failure_mode, error_type, kind, subject;

-- What failed first? One row per run in which something failed: the failure that ended first, which is the deepest.
CREATE OR REPLACE VIEW {database}.v_first_failures AS
SELECT
    tenant_id, run_id, first.1 AS agent_id, first.2 AS kind, first.3 AS subject, first.4 AS failure_mode,
    first.5 AS error_type, first.6 AS span_id, failed_at, failures
FROM
(
    SELECT
        tenant_id, run_id, min(e.event_time) AS failed_at, count() AS failures,
        argMin(
            (CAST(agent_id, 'String'), CAST(kind, 'String'), multiIf(
                kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
                kind = 'retrieval', retrieval_source, name),
                if(failure_mode = '', CAST(status, 'String'), CAST(failure_mode, 'String')),
                CAST(error_type, 'String'), span_id),
            (e.event_time, seq, source_offset)) AS first
    FROM {database}.events AS e
    WHERE status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != ''
    GROUP BY tenant_id, run_id
);

-- What was for nothing? One row per kind of waste, agent and operation, of what happened in [since, until).
--   retry             second and later tries
--   loop              the same operation with the same input, for the third time or more in one run
--   repeated_context  input tokens that the call before had sent already and no cache served. Told from counts: a call
--                     that reads at least as much as the one before it, of the same agent in the same run, is taken to
--                     carry its context along. Its cost is the tokens' share of the call: an upper bound.
CREATE OR REPLACE VIEW {database}.v_waste AS
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
    FROM {database}.events AS e
    WHERE e.kind IN ('model_call', 'tool_call', 'retrieval') AND phase IN ('end', 'point')
        AND e.event_time >= {since:DateTime('UTC')} AND e.event_time < {until:DateTime('UTC')}
)
SELECT
    one.1 AS waste, tenant_id, agent_id, kind, subject,
    count() AS n,
    uniqExact(run_id) AS runs,
    sum(one.2) AS tokens,
    round(sum(one.3) / 1e9, 9) AS cost_usd,
    round(sum(one.4) / 1e6, 3) AS time_ms,
    argMax(run_id, event_time) AS last_run_id
FROM
(
    SELECT
        tenant_id, run_id, agent_id, kind, subject, event_time,
        arrayJoin(arrayFilter(x -> x.1 != '', [
            (multiIf(is_retry, 'retry', NOT is_blind AND time_no >= 3, 'loop', ''), c.tokens,
                toFloat64(c.cost_nano_usd), duration_ns),
            (if(repeated > 0, 'repeated_context', ''), repeated, c.cost_nano_usd * repeated / greatest(c.tokens, 1),
                toInt64(0))])) AS one
    FROM calls AS c
)
GROUP BY waste, tenant_id, agent_id, kind, subject;

-- How did a session go, all runs of one conversation together? One row per conversation.
CREATE OR REPLACE VIEW {database}.v_sessions AS
SELECT
    tenant_id, r.conversation_id AS conversation_id,
    min(r.started_at) AS started_at,
    max(r.ended_at) AS ended_at,
    round((toUnixTimestamp64Micro(max(r.ended_at)) - toUnixTimestamp64Micro(min(r.started_at))) / 1e3, 3)
        AS duration_ms,
    count() AS runs,
    countIf(r.run_status = '') AS open_runs,
    arraySort(groupUniqArray(20)(r.agent_id)) AS agents,
    sum(r.events) AS events,
    sum(r.errors) AS errors,
    sum(r.tool_calls) AS tool_calls,
    sum(r.decisions) AS decisions,
    sum(r.input_tokens) AS input_tokens,
    sum(r.output_tokens) AS output_tokens,
    round(sum(r.cost_nano_usd) / 1e9, 9) AS cost_usd,
    sum(r.violations) AS violations,
    multiIf(sum(r.outcomes) = 0, 'unknown', sum(r.successes) = sum(r.outcomes), 'success', 'failure') AS outcome
FROM
(
    SELECT
        tenant_id, run_id, max(t.conversation_id) AS conversation_id, min(t.first_time) AS started_at,
        max(t.last_time) AS ended_at, max(t.run_status) AS run_status, max(t.agent_id) AS agent_id,
        sum(t.events) AS events, sum(t.errors) AS errors, sum(t.tool_calls) AS tool_calls,
        sum(t.decisions) AS decisions, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens,
        sum(t.cost_nano_usd) AS cost_nano_usd, sum(t.violations) AS violations, sum(t.outcomes) AS outcomes,
        sum(t.successes) AS successes
    FROM {database}.trace_index AS t
    GROUP BY tenant_id, run_id
) AS r
WHERE r.conversation_id != ''
GROUP BY tenant_id, conversation_id;

-- Who hands over to whom, and how well? One row per pair of agents, way of handing over and day.
CREATE OR REPLACE VIEW {database}.v_handoffs AS
SELECT
    toDate(event_time) AS day, tenant_id,
    if(handoff_from = '', CAST(agent_id, 'String'), handoff_from) AS from_agent,
    handoff_to AS to_agent, handoff_mode AS mode, handoff_protocol AS protocol,
    count() AS handoffs,
    uniqExact(run_id) AS runs,
    countIf(status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != ''
        OR handoff_task_state IN ('failed', 'rejected', 'canceled')) AS failures,
    round(quantileIf(0.5)(duration_ns, duration_ns > 0) / 1e6, 3) AS p50_ms,
    round(quantileIf(0.95)(duration_ns, duration_ns > 0) / 1e6, 3) AS p95_ms,
    argMax(run_id, event_time) AS last_run_id
FROM {database}.events
WHERE kind = 'handoff' AND phase IN ('end', 'point')
GROUP BY day, tenant_id, from_agent, to_agent, mode, protocol;

-- Which rules match where, on trial and for good? One row per rule, agent, severity and day.
CREATE OR REPLACE VIEW {database}.v_violations_by_rule AS
SELECT
    toDate(v.event_time) AS day, tenant_id, rule_id, agent_id, severity,
    toUInt8(indexOf(['info', 'low', 'medium', 'high', 'critical'], CAST(severity, 'String'))) AS severity_rank,
    countIf(status != 'shadow') AS live,
    countIf(status = 'shadow') AS shadow,
    countIf(status != 'shadow' AND v.action = 'block') AS blocking,
    uniqExactIf(run_id, status != 'shadow') AS live_runs,
    uniqExactIf(run_id, status = 'shadow') AS shadow_runs,
    argMax(v.message, v.event_time) AS message,
    argMax(v.run_id, v.event_time) AS last_run_id
FROM {database}.violations AS v
GROUP BY day, tenant_id, rule_id, agent_id, severity;

-- Which data was used? One row per dataset, role, agent and day.
CREATE OR REPLACE VIEW {database}.v_data_used AS
SELECT
    toDate(l.event_time) AS day, tenant_id, urn, role, classification, agent_id,
    count() AS uses,
    uniqExact(run_id) AS runs,
    uniqExactIf(decision_id, decision_id != '') AS decisions,
    arraySort(groupUniqArray(20)(l.version)) AS versions,
    max(l.event_time) AS last_time,
    argMax(l.run_id, l.event_time) AS last_run_id
FROM {database}.lineage AS l
GROUP BY day, tenant_id, urn, role, classification, agent_id;

-- Which data fed one decision? One row per piece of data in the run before it. link says how it is known:
--   declared  the decision names it           caused  it came from the operation the decision names as its cause
--   read      it was read earlier in the same run
CREATE OR REPLACE VIEW {database}.v_decision_data AS
WITH decision AS
(
    SELECT tenant_id, run_id, decision_id, event_id, event_time, causation_id, links.span_id AS linked
    FROM {database}.events
    WHERE decision_id = {decision_id:String} AND kind = 'decision'
    ORDER BY phase = 'start', event_time DESC
    LIMIT 1 BY tenant_id
),
bounds AS
(
    SELECT min(t.first_event) AS first_event, min(t.first_ingested) AS first_ingested
    FROM {database}.trace_index AS t
    WHERE run_id IN (SELECT run_id FROM decision)
)
SELECT
    d.tenant_id AS tenant_id, d.decision_id AS decision_id,
    multiIf(e.event_id = d.event_id, 'declared', e.event_id = d.causation_id OR has(d.linked, e.span_id), 'caused',
        'read') AS link,
    item.1 AS source, item.2 AS name, item.3 AS version, item.4 AS classification, item.5 AS fields, item.6 AS score,
    e.event_time AS event_time,
    round((toUnixTimestamp64Micro(d.event_time) - toUnixTimestamp64Micro(e.event_time)) / 1e3, 3) AS before_ms,
    e.agent_id AS agent_id, e.kind AS kind,
    multiIf(e.kind = 'tool_call', CAST(e.tool_name, 'String'), e.kind = 'model_call', CAST(e.request_model, 'String'),
        e.kind = 'retrieval', e.retrieval_source, e.operation) AS subject,
    e.status AS status, e.run_id AS run_id, e.span_id AS span_id, e.event_id AS event_id
FROM
(
    SELECT
        tenant_id, run_id, event_id, event_time, span_id, agent_id, kind, tool_name, request_model, retrieval_source,
        name AS operation, status,
        arrayJoin(arrayConcat(
            arrayMap(x -> ('dataset', x.urn, x.version, x.classification, x.fields, nan),
                arrayFilter(x -> x.role != 'output', data_context)),
            arrayMap(x -> ('document', concat(retrieval_source, if(retrieval_source = '', '', '/'), x.id), x.version,
                '', CAST([], 'Array(String)'), x.score), retrieval_documents),
            if(kind = 'retrieval' AND empty(retrieval_documents),
                [('document', retrieval_source, '', '', CAST([], 'Array(String)'), nan)], []),
            if(kind = 'tool_call',
                [('tool_result', CAST(tool_name, 'String'), '', '', CAST([], 'Array(String)'), nan)], []),
            if(kind = 'memory' AND memory_operation IN ('search', 'read', 'get'),
                [('memory', concat(memory_store_id, if(memory_record_id = '', '', '/'), memory_record_id), '', '',
                    CAST([], 'Array(String)'), nan)], []))) AS item
    FROM {database}.events
    WHERE run_id IN (SELECT run_id FROM decision)
        AND event_time >= (SELECT first_event FROM bounds) AND event_time <= (SELECT max(event_time) FROM decision)
        AND ingested_at >= (SELECT first_ingested FROM bounds)
        AND phase != 'start' AND (kind != 'decision' OR decision_id = {decision_id:String})
) AS e
INNER JOIN decision AS d ON d.tenant_id = e.tenant_id AND d.run_id = e.run_id
WHERE e.event_time <= d.event_time;

-- How long do events take to arrive? One row per hour of event_time, by the two clocks.
CREATE OR REPLACE VIEW {database}.v_ingest_lag AS
SELECT
    toStartOfHour(event_time) AS hour, tenant_id,
    count() AS events,
    round(quantile(0.5)(greatest(ingest_lag_us, 0)) / 1e3, 3) AS p50_ms,
    round(quantile(0.99)(greatest(ingest_lag_us, 0)) / 1e3, 3) AS p99_ms,
    round(max(greatest(ingest_lag_us, 0)) / 1e3, 3) AS max_ms,
    countIf(ingest_lag_us > 3600000000) AS late,
    countIf(ingest_lag_us < 0) AS ahead
FROM {database}.events
GROUP BY hour, tenant_id;
