-- Ways to a decision by its id, and to the runs of a conversation, without reading every granule: lineage-of-decision,
-- outcomes that come days later, and sessions ask so. Both columns are empty in most rows, so the filters stay small.
-- Parts written before have no filter and are read; they go as they expire, or at once by
-- ALTER TABLE … MATERIALIZE INDEX.
ALTER TABLE {database}.events ADD INDEX IF NOT EXISTS ix_decision decision_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE {database}.trace_index
    ADD INDEX IF NOT EXISTS ix_conversation conversation_id TYPE bloom_filter(0.01) GRANULARITY 1;
