-- What people ask for most, summed while it is inserted. Each table is filled by one materialized view from events, has
-- the same deduplication window as its source, and so counts a repeated insert once.
-- Bucketed by event_time (when it happened), partitioned and expired by ingested_on (when Kafka took it), for the reasons
-- given in 0001. generation is part of every key, so that a re-processing can stand beside what it replaces.
-- Usage (tokens, cost) sums only usage_scope = 'own': an aggregate repeats what its children report.

-- One row per run, trace and day of arrival: the list of runs, and the way from an id to its time range.
CREATE TABLE IF NOT EXISTS {database}.trace_index
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    run_id String COMMENT 'The run.' CODEC(ZSTD(1)),
    trace_id String COMMENT 'The W3C trace it belongs to.' CODEC(ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    ingested_on Date COMMENT 'Day Kafka took the events.' CODEC(ZSTD(1)),
    first_time SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'Earliest start.' CODEC(Delta(8), ZSTD(1)),
    last_time SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest event_time.' CODEC(Delta(8), ZSTD(1)),
    first_event SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'Earliest event_time.' CODEC(Delta(8), ZSTD(1)),
    first_ingested SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'Earliest ingested_at.' CODEC(Delta(8), ZSTD(1)),
    last_ingested SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest ingested_at.' CODEC(Delta(8), ZSTD(1)),
    agent_id SimpleAggregateFunction(max, String) COMMENT 'Agent of the run.' CODEC(ZSTD(1)),
    agent_version SimpleAggregateFunction(max, String) COMMENT 'Its release.' CODEC(ZSTD(1)),
    conversation_id SimpleAggregateFunction(max, String) COMMENT 'Conversation the run belongs to.' CODEC(ZSTD(1)),
    run_status SimpleAggregateFunction(max, String) COMMENT 'Status of the agent_run end; empty while the run is open.' CODEC(ZSTD(1)),
    run_duration_ns SimpleAggregateFunction(max, Int64) COMMENT 'Duration of the agent_run end.' CODEC(ZSTD(1)),
    events SimpleAggregateFunction(sum, UInt64) COMMENT 'Events.' CODEC(ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) COMMENT 'Events with status error, timeout, blocked or abandoned.' CODEC(ZSTD(1)),
    model_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'Finished model calls.' CODEC(ZSTD(1)),
    tool_calls SimpleAggregateFunction(sum, UInt64) COMMENT 'Finished tool calls.' CODEC(ZSTD(1)),
    decisions SimpleAggregateFunction(sum, UInt64) COMMENT 'Decisions.' CODEC(ZSTD(1)),
    input_tokens SimpleAggregateFunction(sum, Int64) COMMENT 'Tokens read, own usage.' CODEC(ZSTD(1)),
    output_tokens SimpleAggregateFunction(sum, Int64) COMMENT 'Tokens written, own usage.' CODEC(ZSTD(1)),
    cost_nano_usd SimpleAggregateFunction(sum, Int64) COMMENT 'Cost in billionths of a US dollar, own usage.' CODEC(ZSTD(1)),
    violations SimpleAggregateFunction(sum, UInt64) COMMENT 'Verdicts of rules in monitor or enforce.' CODEC(ZSTD(1)),
    shadow_violations SimpleAggregateFunction(sum, UInt64) COMMENT 'Verdicts of rules in shadow.' CODEC(ZSTD(1)),
    worst_severity SimpleAggregateFunction(max, UInt8) COMMENT '0 none, 1 info, 2 low, 3 medium, 4 high, 5 critical; shadow left out.' CODEC(ZSTD(1)),
    redactions SimpleAggregateFunction(sum, UInt64) COMMENT 'Personal values replaced.' CODEC(ZSTD(1)),
    outcomes SimpleAggregateFunction(sum, UInt64) COMMENT 'Outcome events that say success or not.' CODEC(ZSTD(1)),
    successes SimpleAggregateFunction(sum, UInt64) COMMENT 'Of these, successes.' CODEC(ZSTD(1)),
    min_confidence SimpleAggregateFunction(min, Float64) COMMENT 'Lowest confidence of a decision; 2 when none said.' CODEC(ZSTD(1)),
    INDEX ix_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_run run_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(ingested_on)
ORDER BY (tenant_id, run_id, trace_id, generation, ingested_on)
TTL ingested_on + INTERVAL 180 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480,
    index_granularity = 1024
COMMENT 'Runs and traces: when, how long, how much, how well; read v_runs';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.trace_index_mv TO {database}.trace_index AS
SELECT
    tenant_id, run_id, trace_id, generation, toDate(e.ingested_at) AS ingested_on,
    min(e.start_time) AS first_time, max(e.event_time) AS last_time, min(e.event_time) AS first_event,
    min(e.ingested_at) AS first_ingested, max(e.ingested_at) AS last_ingested,
    max(CAST(e.agent_id, 'String')) AS agent_id, max(CAST(e.agent_version, 'String')) AS agent_version,
    max(e.conversation_id) AS conversation_id,
    maxIf(CAST(e.status, 'String'), kind = 'agent_run' AND phase = 'end') AS run_status,
    maxIf(e.duration_ns, kind = 'agent_run' AND phase = 'end') AS run_duration_ns,
    count() AS events,
    countIf(e.status IN ('error', 'timeout', 'blocked', 'abandoned')) AS errors,
    countIf(kind = 'model_call' AND phase IN ('end', 'point')) AS model_calls,
    countIf(kind = 'tool_call' AND phase IN ('end', 'point')) AS tool_calls,
    countIf(kind = 'decision' AND phase IN ('end', 'point')) AS decisions,
    sumIf(e.input_tokens, usage_scope = 'own') AS input_tokens,
    sumIf(e.output_tokens, usage_scope = 'own') AS output_tokens,
    sumIf(e.cost_nano_usd, usage_scope = 'own') AS cost_nano_usd,
    sum(arrayCount(s -> s != 'shadow', verdicts.status)) AS violations,
    sum(arrayCount(s -> s = 'shadow', verdicts.status)) AS shadow_violations,
    max(toUInt8(arrayMax(arrayMap(
        (sort, severity) -> if(sort = 'shadow', 0, indexOf(['info', 'low', 'medium', 'high', 'critical'], severity)),
        verdicts.status, verdicts.severity)))) AS worst_severity,
    sum(toUInt64(arraySum(mapValues(e.redactions)))) AS redactions,
    countIf(kind = 'outcome' AND outcome_success >= 0) AS outcomes,
    countIf(kind = 'outcome' AND outcome_success = 1) AS successes,
    min(if(isNaN(confidence), 2, confidence)) AS min_confidence
FROM {database}.events AS e
GROUP BY tenant_id, run_id, trace_id, generation, ingested_on;

-- Counts, errors, time and money per five minutes. subject is what the operation was about: the tool, the model, the
-- retrieval's source, else the operation's name.
CREATE TABLE IF NOT EXISTS {database}.stats_5m
(
    bucket DateTime('UTC') COMMENT 'Start of the five minutes of event_time.' CODEC(Delta(4), ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    environment LowCardinality(String) COMMENT 'prod, staging, dev.',
    kind LowCardinality(String) COMMENT 'What sort of operation.',
    subject LowCardinality(String) COMMENT 'Tool, model, retrieval source, or name of the operation.',
    status LowCardinality(String) COMMENT 'How it stands.',
    error_type LowCardinality(String) COMMENT 'Class of the error.',
    failure_mode LowCardinality(String) COMMENT 'Failure mode; empty when nothing failed.',
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    ingested_on Date COMMENT 'Day Kafka took the events.' CODEC(ZSTD(1)),
    events UInt64 COMMENT 'Events.' CODEC(T64, ZSTD(1)),
    operations UInt64 COMMENT 'Finished operations: phases end and point.' CODEC(T64, ZSTD(1)),
    duration_ns Int64 COMMENT 'Sum of durations.' CODEC(T64, ZSTD(1)),
    input_tokens Int64 COMMENT 'Tokens read, own usage.' CODEC(T64, ZSTD(1)),
    output_tokens Int64 COMMENT 'Tokens written, own usage.' CODEC(T64, ZSTD(1)),
    cache_read_tokens Int64 COMMENT 'Of input_tokens, from the cache.' CODEC(T64, ZSTD(1)),
    reasoning_tokens Int64 COMMENT 'Of output_tokens, reasoning.' CODEC(T64, ZSTD(1)),
    cost_nano_usd Int64 COMMENT 'Cost in billionths of a US dollar, own usage.' CODEC(T64, ZSTD(1)),
    violations UInt64 COMMENT 'Verdicts of rules in monitor or enforce.' CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree((
    events, operations, duration_ns, input_tokens, output_tokens, cache_read_tokens, reasoning_tokens, cost_nano_usd,
    violations))
PARTITION BY toYYYYMM(ingested_on)
ORDER BY (tenant_id, agent_id, bucket, kind, subject, status, error_type, failure_mode, agent_version, environment,
    generation, ingested_on)
TTL ingested_on + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Counts, errors, time and money per five minutes; read with sum() and GROUP BY, or v_failures and v_cost';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.stats_5m_mv TO {database}.stats_5m AS
SELECT
    toStartOfFiveMinutes(e.event_time) AS bucket, tenant_id, agent_id, agent_version, environment, kind,
    multiIf(kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
        kind = 'retrieval', retrieval_source, name) AS subject,
    status, error_type, failure_mode, generation, toDate(e.ingested_at) AS ingested_on,
    count() AS events,
    countIf(phase IN ('end', 'point')) AS operations,
    sum(e.duration_ns) AS duration_ns,
    sumIf(e.input_tokens, usage_scope = 'own') AS input_tokens,
    sumIf(e.output_tokens, usage_scope = 'own') AS output_tokens,
    sumIf(e.cache_read_tokens, usage_scope = 'own') AS cache_read_tokens,
    sumIf(e.reasoning_tokens, usage_scope = 'own') AS reasoning_tokens,
    sumIf(e.cost_nano_usd, usage_scope = 'own') AS cost_nano_usd,
    sum(arrayCount(s -> s != 'shadow', verdicts.status)) AS violations
FROM {database}.events AS e
GROUP BY bucket, tenant_id, agent_id, agent_version, environment, kind, subject, status, error_type, failure_mode,
    generation, ingested_on;

-- Distributions as logarithmic histograms, 16 bins per octave (at most 2.2 % off); confidence in 20 equal bins.
-- One table serves any percentile over any range, and compares distributions. Value of a bin: exp2((hb + 0.5) / 16).
CREATE TABLE IF NOT EXISTS {database}.hist_5m
(
    bucket DateTime('UTC') COMMENT 'Start of the five minutes of event_time.' CODEC(Delta(4), ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    kind LowCardinality(String) COMMENT 'What sort of operation.',
    subject LowCardinality(String) COMMENT 'Tool, model, retrieval source, or name of the operation.',
    metric LowCardinality(String) COMMENT 'duration_ns, ttft_ns, input_tokens, output_tokens, cost_nano_usd, ingest_lag_us, confidence.',
    hb Int16 COMMENT 'Bin: floor(16 * log2(value)); for confidence floor(20 * value).' CODEC(Delta(2), ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    ingested_on Date COMMENT 'Day Kafka took the events.' CODEC(ZSTD(1)),
    n UInt64 COMMENT 'Values in the bin.' CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(n)
PARTITION BY toYYYYMM(ingested_on)
ORDER BY (tenant_id, metric, agent_id, kind, subject, bucket, hb, generation, ingested_on)
TTL ingested_on + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Distributions per five minutes as logarithmic histograms; read v_latency, or see docs/query.md';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.hist_5m_mv TO {database}.hist_5m AS
SELECT
    toStartOfFiveMinutes(e.event_time) AS bucket, tenant_id, agent_id, kind,
    multiIf(kind = 'tool_call', CAST(tool_name, 'String'), kind = 'model_call', CAST(request_model, 'String'),
        kind = 'retrieval', retrieval_source, name) AS subject,
    m.1 AS metric, m.2 AS hb, generation, toDate(e.ingested_at) AS ingested_on, count() AS n
FROM {database}.events AS e
ARRAY JOIN arrayFilter(x -> x.2 >= 0, [
    ('duration_ns', toInt16(if(e.duration_ns > 0, floor(log2(e.duration_ns) * 16), -1))),
    ('ttft_ns', toInt16(if(ttft_ns > 0, floor(log2(ttft_ns) * 16), -1))),
    ('input_tokens', toInt16(if(input_tokens > 0 AND usage_scope = 'own', floor(log2(input_tokens) * 16), -1))),
    ('output_tokens', toInt16(if(output_tokens > 0 AND usage_scope = 'own', floor(log2(output_tokens) * 16), -1))),
    ('cost_nano_usd', toInt16(if(cost_nano_usd > 0 AND usage_scope = 'own', floor(log2(cost_nano_usd) * 16), -1))),
    ('ingest_lag_us', toInt16(if(ingest_lag_us > 0, floor(log2(ingest_lag_us) * 16), -1))),
    ('confidence', toInt16(if(isNaN(confidence), -1, floor(least(greatest(confidence, 0), 0.999) * 20))))]) AS m
GROUP BY bucket, tenant_id, agent_id, kind, subject, metric, hb, generation, ingested_on;

-- How often each value of a category came up per hour: mixes, drift, and the choices of a filter.
CREATE TABLE IF NOT EXISTS {database}.cat_1h
(
    hour DateTime('UTC') COMMENT 'Start of the hour of event_time.' CODEC(Delta(4), ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    dim LowCardinality(String) COMMENT 'tool, decision, model, prompt, status, error_type, failure_mode, retrieval_source, finish_reason, handoff_to.',
    value String COMMENT 'The value.' CODEC(ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    ingested_on Date COMMENT 'Day Kafka took the events.' CODEC(ZSTD(1)),
    n UInt64 COMMENT 'Finished operations with it.' CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(n)
PARTITION BY toYYYYMM(ingested_on)
ORDER BY (tenant_id, dim, agent_id, hour, value, agent_version, generation, ingested_on)
TTL ingested_on + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'How often each value of a category came up per hour; read with sum(n)';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.cat_1h_mv TO {database}.cat_1h AS
SELECT
    toStartOfHour(e.event_time) AS hour, tenant_id, agent_id, agent_version,
    c.1 AS dim, c.2 AS value, generation, toDate(e.ingested_at) AS ingested_on, count() AS n
FROM {database}.events AS e
ARRAY JOIN arrayFilter(x -> x.2 != '', [
    ('tool', if(kind = 'tool_call', CAST(tool_name, 'String'), '')),
    ('decision', if(decision_chosen != '', concat(decision_type, '=', decision_chosen), '')),
    ('model', if(kind = 'model_call', CAST(request_model, 'String'), '')),
    ('prompt', if(prompt_name != '', concat(prompt_name, '@', prompt_version), '')),
    ('status', CAST(status, 'String')),
    ('error_type', CAST(error_type, 'String')),
    ('failure_mode', CAST(failure_mode, 'String')),
    ('retrieval_source', retrieval_source),
    ('finish_reason', finish_reasons[1]),
    ('handoff_to', handoff_to)]) AS c
WHERE phase IN ('end', 'point')
GROUP BY hour, tenant_id, agent_id, agent_version, dim, value, generation, ingested_on;
