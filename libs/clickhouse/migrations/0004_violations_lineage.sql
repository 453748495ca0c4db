-- Rows that fall out of an event's arrays: one per verdict, one per piece of data used. Filled by materialized views from
-- events, with the same deduplication window; partitioned and expired by ingested_at, for the reasons given in 0001.

-- One row per verdict.
CREATE TABLE IF NOT EXISTS {database}.violations
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    rule_id LowCardinality(String) COMMENT 'The rule that matched.',
    rule_version Int32 COMMENT 'Its version.' CODEC(ZSTD(1)),
    severity LowCardinality(String) COMMENT 'info, low, medium, high or critical.',
    status LowCardinality(String) COMMENT 'shadow, monitor or enforce: how the rule was in force. Shadow is a trial and left out of counts.',
    action LowCardinality(String) COMMENT 'allow, flag, block or escalate: what the rule asks for.',
    message String COMMENT 'Its message, filled in from pseudonymised values.' CODEC(ZSTD(1)),
    policy_bundle String COMMENT 'Hash of the policy bundle that judged.' CODEC(ZSTD(1)),
    origin LowCardinality(String) COMMENT 'worker: from the event alone. correlator: from several events.',
    event_id String COMMENT 'The event.' CODEC(ZSTD(1)),
    event_time DateTime64(6, 'UTC') COMMENT 'When it happened.' CODEC(Delta(8), ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When Kafka took it.' CODEC(Delta(8), ZSTD(1)),
    trace_id String COMMENT 'Its trace.' CODEC(ZSTD(1)),
    run_id String COMMENT 'Its run.' CODEC(ZSTD(1)),
    span_id String COMMENT 'Its operation.' CODEC(ZSTD(1)),
    agent_id LowCardinality(String) COMMENT 'The agent.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    team LowCardinality(String) COMMENT 'Its team.',
    kind LowCardinality(String) COMMENT 'What sort of operation.',
    tool_name LowCardinality(String) COMMENT 'The tool, for tool calls.',
    source_partition Int32 COMMENT 'Partition of agent.events.' CODEC(ZSTD(1)),
    source_offset Int64 COMMENT 'Offset in it.' CODEC(Delta(8), ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    INDEX ix_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_run run_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, rule_id, event_time, event_id)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'One row per verdict of a rule; read v_violations';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.violations_mv TO {database}.violations AS
SELECT
    tenant_id, v.rule_id AS rule_id, v.rule_version AS rule_version, v.severity AS severity, v.status AS status,
    v.action AS action, v.message AS message, policy_bundle, 'worker' AS origin, event_id, event_time, ingested_at,
    trace_id, run_id, span_id, agent_id, agent_version, team, kind, tool_name, source_partition, source_offset,
    generation
FROM {database}.events
ARRAY JOIN verdicts AS v;

-- One row per piece of data that fed an operation or was written by it.
CREATE TABLE IF NOT EXISTS {database}.lineage
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    urn String COMMENT 'The dataset, document or record.' CODEC(ZSTD(1)),
    role LowCardinality(String) COMMENT 'input or output.',
    version String COMMENT 'Its version.' CODEC(ZSTD(1)),
    classification LowCardinality(String) COMMENT 'public, internal, confidential, restricted.',
    fields Array(String) COMMENT 'Fields that were used.' CODEC(ZSTD(1)),
    event_id String COMMENT 'The event.' CODEC(ZSTD(1)),
    event_time DateTime64(6, 'UTC') COMMENT 'When it happened.' CODEC(Delta(8), ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When Kafka took it.' CODEC(Delta(8), ZSTD(1)),
    kind LowCardinality(String) COMMENT 'What sort of operation.',
    trace_id String COMMENT 'Its trace.' CODEC(ZSTD(1)),
    run_id String COMMENT 'Its run.' CODEC(ZSTD(1)),
    span_id String COMMENT 'Its operation.' CODEC(ZSTD(1)),
    agent_id LowCardinality(String) COMMENT 'The agent.',
    tool_name LowCardinality(String) COMMENT 'The tool, for tool calls.',
    decision_id String COMMENT 'The decision, for decisions.' CODEC(ZSTD(1)),
    source_partition Int32 COMMENT 'Partition of agent.events.' CODEC(ZSTD(1)),
    source_offset Int64 COMMENT 'Offset in it.' CODEC(Delta(8), ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    INDEX ix_run run_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, urn, event_time, event_id)
TTL toDateTime(ingested_at) + INTERVAL 180 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Which data fed which operation, one row per piece of data';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.lineage_mv TO {database}.lineage AS
SELECT
    tenant_id, d.urn AS urn, d.role AS role, d.version AS version, d.classification AS classification,
    d.fields AS fields, event_id, event_time, ingested_at, kind, trace_id, run_id, span_id, agent_id, tool_name,
    decision_id, source_partition, source_offset, generation
FROM {database}.events
ARRAY JOIN data_context AS d;
