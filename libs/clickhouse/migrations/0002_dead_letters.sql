-- Every record that could not be processed, one row each: the markers of agent.governed. Its columns are the lineage
-- and dead_letter fields of schemas/governed-event.avsc. The sealed original is in the topic agent.deadletters.
CREATE TABLE IF NOT EXISTS {database}.dead_letters
(
    source_offset Int64 COMMENT 'Offset in agent.events of the record whose fate this is.' CODEC(Delta(8), ZSTD(1)),
    previous_source_offset Int64 COMMENT 'Offset of the record the writer consumed before it from the same partition; -1 for the first. A reader that sees another previous than its mark has found a hole.' CODEC(Delta(8), ZSTD(1)),
    source_partition Int32 COMMENT 'Partition of agent.events, and of this record.' CODEC(ZSTD(1)),
    fate LowCardinality(String) DEFAULT 'unknown' COMMENT 'row: the event is told here. dead_letter: it could not be processed; its sealed bytes are in agent.deadletters and only the lineage and dead_letter columns are set.' CODEC(ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline that wrote it; re-processing writes a new one.' CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When Kafka took the source record (its LogAppendTime).' CODEC(Delta(8), ZSTD(1)),
    schema_id Int32 COMMENT 'Registry id of the schema the source record was written with.' CODEC(ZSTD(1)),
    dead_letter_code String COMMENT 'Code of the error catalogue; empty for rows.' CODEC(ZSTD(1)),
    dead_letter_stage String COMMENT 'Stage that refused it: decode, validate, enrich, pseudonymize, judge, encode.' CODEC(ZSTD(1)),
    dead_letter_cause String COMMENT 'Why, without payload.' CODEC(ZSTD(1)),
    event_id String COMMENT 'AgentEvent.event_id.' CODEC(ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'AgentEvent.tenant_id.' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(ingested_at)
ORDER BY (source_partition, source_offset)
TTL toDateTime(ingested_at) + INTERVAL 180 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Records that could not be processed, one row each, with the reason; see docs/query.md';
