-- One view per question, for people who have just met the schema. docs/query.md has an example of each.
-- None reads with FINAL; sums over rollups are taken with sum(), so unmerged parts count right.

-- How did the runs go? One row per run.
CREATE OR REPLACE VIEW {database}.v_runs AS
SELECT
    tenant_id, run_id,
    max(t.agent_id) AS agent_id,
    max(t.agent_version) AS agent_version,
    min(t.first_time) AS started_at,
    max(t.last_time) AS ended_at,
    round(if(max(t.run_duration_ns) > 0, max(t.run_duration_ns) / 1e6,
        (toUnixTimestamp64Micro(max(t.last_time)) - toUnixTimestamp64Micro(min(t.first_time))) / 1e3), 3)
        AS duration_ms,
    if(max(t.run_status) = '', 'open', max(t.run_status)) AS status,
    sum(t.events) AS events,
    sum(t.errors) AS errors,
    sum(t.model_calls) AS model_calls,
    sum(t.tool_calls) AS tool_calls,
    sum(t.decisions) AS decisions,
    sum(t.input_tokens) AS input_tokens,
    sum(t.output_tokens) AS output_tokens,
    round(sum(t.cost_nano_usd) / 1e9, 9) AS cost_usd,
    sum(t.violations) AS violations,
    sum(t.shadow_violations) AS shadow_violations,
    ['', 'info', 'low', 'medium', 'high', 'critical'][max(t.worst_severity) + 1] AS worst_severity,
    sum(t.redactions) AS redactions,
    multiIf(sum(t.outcomes) = 0, 'unknown', sum(t.successes) = sum(t.outcomes), 'success', 'failure') AS outcome,
    if(min(t.min_confidence) > 1, nan, min(t.min_confidence)) AS min_confidence,
    max(t.conversation_id) AS conversation_id,
    groupUniqArray(t.trace_id) AS trace_ids
FROM {database}.trace_index AS t
GROUP BY tenant_id, run_id;

-- How long does it take? One row per agent, operation and hour. Percentiles cannot be averaged: for other ranges use the
-- query `latency`, or quantilesExactWeighted over hist_5m.
CREATE OR REPLACE VIEW {database}.v_latency AS
SELECT
    tenant_id, agent_id, kind, subject,
    toStartOfHour(bucket) AS hour,
    sum(h.n) AS operations,
    round(exp2((quantileExactWeighted(0.5)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p50_ms,
    round(exp2((quantileExactWeighted(0.95)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p95_ms,
    round(exp2((quantileExactWeighted(0.99)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p99_ms
FROM {database}.hist_5m AS h
WHERE metric = 'duration_ns'
GROUP BY tenant_id, agent_id, kind, subject, hour;

-- What fails, how, and how often? One row per agent, operation, failure and hour.
CREATE OR REPLACE VIEW {database}.v_failures AS
SELECT
    tenant_id, agent_id, kind, subject, hour, status, error_type, failure_mode, failures, operations,
    round(failures / greatest(operations, failures), 4) AS failure_share
FROM
(
    SELECT
        tenant_id, agent_id, kind, subject, toStartOfHour(bucket) AS hour, status, error_type, failure_mode,
        sumIf(s.events, status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != '') AS failures,
        sum(sum(s.operations)) OVER (PARTITION BY tenant_id, agent_id, kind, subject, hour) AS operations
    FROM {database}.stats_5m AS s
    GROUP BY tenant_id, agent_id, kind, subject, hour, status, error_type, failure_mode
)
WHERE failures > 0;

-- Which rules matched? One row per verdict. is_live is false for rules in shadow: trials, not findings.
CREATE OR REPLACE VIEW {database}.v_violations AS
SELECT
    event_time, tenant_id, rule_id, rule_version, severity,
    toUInt8(indexOf(['info', 'low', 'medium', 'high', 'critical'], CAST(severity, 'String'))) AS severity_rank,
    status, CAST(status != 'shadow', 'Bool') AS is_live, action, message,
    agent_id, agent_version, team, kind, tool_name, run_id, trace_id, span_id, event_id, policy_bundle, origin
FROM {database}.violations;

-- What does it cost? One row per agent, model and day. Only own usage: nothing is counted twice.
CREATE OR REPLACE VIEW {database}.v_cost AS
SELECT
    tenant_id, agent_id,
    if(kind = 'model_call', CAST(subject, 'String'), '') AS model,
    toDate(bucket) AS day,
    sum(s.operations) AS calls,
    sum(s.input_tokens) AS input_tokens,
    sum(s.output_tokens) AS output_tokens,
    sum(s.cache_read_tokens) AS cache_read_tokens,
    sum(s.reasoning_tokens) AS reasoning_tokens,
    round(sum(s.cost_nano_usd) / 1e9, 9) AS cost_usd
FROM {database}.stats_5m AS s
GROUP BY tenant_id, agent_id, model, day
HAVING input_tokens > 0 OR output_tokens > 0 OR cost_usd > 0;

-- What could not be processed, and why? One row per dead letter.
CREATE OR REPLACE VIEW {database}.v_dead_letters AS
SELECT
    ingested_at, dead_letter_code AS code, dead_letter_stage AS stage, dead_letter_cause AS cause, tenant_id, event_id,
    source_partition, source_offset, schema_id, generation
FROM {database}.dead_letters;

-- Is everything there, once? One row per generation and partition of agent.events: doubled and breaks must be 0.
-- A break is a stored record that does not name the stored record before it as its predecessor.
CREATE OR REPLACE VIEW {database}.v_delivery AS
SELECT
    generation, source_partition,
    countIf(is_row) AS event_rows,
    countIf(NOT is_row) AS dead_letters,
    min(source_offset) AS first_offset,
    max(source_offset) AS last_offset,
    count() - uniqExact(source_offset) AS doubled,
    countIf(source_offset != before AND previous_source_offset != before) AS breaks,
    max(ingested_at) AS last_ingested
FROM
(
    SELECT
        *,
        lagInFrame(source_offset, 1, toInt64(-1)) OVER
        (
            PARTITION BY generation, source_partition ORDER BY source_offset
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ) AS before
    FROM
    (
        SELECT generation, source_partition, source_offset, previous_source_offset, ingested_at, true AS is_row
        FROM {database}.events
        UNION ALL
        SELECT generation, source_partition, source_offset, previous_source_offset, ingested_at, false AS is_row
        FROM {database}.dead_letters
    )
)
GROUP BY generation, source_partition;
