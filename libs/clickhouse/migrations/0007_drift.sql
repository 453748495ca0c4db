-- Drift: what agents did per hour, one observation per run, and what the sentinel concluded. Filled by the sentinel for
-- hours that are over, not by materialized views: an observation needs the whole run.
-- Times are of event_time. Hours that receive late events are filled again under a new revision; drift_hours names the
-- revision that counts, so a reader never sees half of one. docs/drift.md has the rule.

CREATE TABLE IF NOT EXISTS {database}.observations_1h
(
    hour DateTime('UTC') COMMENT 'Start of the hour of event_time.' CODEC(Delta(4), ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    dimension LowCardinality(String) COMMENT 'tool, decision, model, error_rate, latency_ns, confidence …; tool_latency_ns:NAME.',
    value String COMMENT 'The category; yes or no of a rate; empty for numbers.' CODEC(ZSTD(1)),
    hb Int16 COMMENT 'Bin of a number as in hist_5m: floor(16 * log2(value)), for confidence floor(20 * value).' CODEC(Delta(2), ZSTD(1)),
    n UInt64 COMMENT 'Runs: each gives one observation per dimension and hour.' CODEC(T64, ZSTD(1)),
    revision UInt32 COMMENT 'Round of the sentinel that filled it; only the revision in drift_hours counts.' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, agent_id, dimension, hour, value, hb, agent_version, revision)
TTL hour + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'What agents did per hour, one observation per run; read with the revisions of drift_hours';

CREATE TABLE IF NOT EXISTS {database}.drift_hours
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    hour DateTime('UTC') COMMENT 'Start of the hour.' CODEC(Delta(4), ZSTD(1)),
    revision UInt32 COMMENT 'Revision of observations_1h that counts: the newest here.' CODEC(ZSTD(1)),
    events UInt64 COMMENT 'Events of the hour when it was filled; another number means late events.' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, hour)
TTL hour + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Which revision of an hour of observations_1h counts';

CREATE TABLE IF NOT EXISTS {database}.drift_baselines
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to; empty: the agent over all tenants.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    dimension LowCardinality(String) COMMENT 'The dimension; empty: all of them.',
    set_at DateTime64(3, 'UTC') COMMENT 'When it was set; the newest counts.',
    set_by String COMMENT 'Who set it.',
    accepted_at DateTime('UTC') COMMENT 'What came before is no longer what the agent is compared with; 1970 for no change.',
    pinned_start DateTime('UTC') COMMENT 'Start of the pinned baseline; 1970 for the oldest week there is.',
    pinned_end DateTime('UTC') COMMENT 'Its end.',
    note String COMMENT 'Why.'
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY (tenant_id, agent_id, dimension)
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Accepted changes and pinned baselines, set by people';

CREATE TABLE IF NOT EXISTS {database}.drift_results
(
    computed_at DateTime64(3, 'UTC') COMMENT 'When the sentinel concluded it.' CODEC(Delta(8), ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to; empty: the agent over all its tenants.',
    agent_id LowCardinality(String) COMMENT 'The agent.',
    agent_version LowCardinality(String) COMMENT 'Release with the most runs in the window; for reference version the new one.',
    dimension LowCardinality(String) COMMENT 'What was compared: a dimension of observations_1h.',
    method LowCardinality(String) COMMENT 'category, number, unseen or change_point.',
    reference LowCardinality(String) COMMENT 'trailing: the week before. pinned: a fixed week. version: the release before.',
    window_start DateTime('UTC') COMMENT 'Start of the window.' CODEC(ZSTD(1)),
    window_end DateTime('UTC') COMMENT 'Its end.' CODEC(ZSTD(1)),
    reference_start DateTime('UTC') COMMENT 'Start of the reference.' CODEC(ZSTD(1)),
    reference_end DateTime('UTC') COMMENT 'Its end.' CODEC(ZSTD(1)),
    n_current UInt64 COMMENT 'Runs in the window.' CODEC(ZSTD(1)),
    n_reference UInt64 COMMENT 'Runs the reference is worth, matched to the hours of the window.' CODEC(ZSTD(1)),
    effect_name LowCardinality(String) COMMENT 'psi, linf, rate_ratio or wasserstein; of a change point the mean.',
    effect Float64 COMMENT 'Its size.' CODEC(ZSTD(1)),
    p_value Float64 COMMENT 'Chance of it without a shift, correlated runs allowed for; NaN where there is none.' CODEC(ZSTD(1)),
    p_corrected Float64 COMMENT 'The same for all tests of a day together.' CODEC(ZSTD(1)),
    js_distance Float64 COMMENT 'Jensen-Shannon distance, 0 to 1.' CODEC(ZSTD(1)),
    linf Float64 COMMENT 'Largest difference of a share; of a number the Kolmogorov-Smirnov distance.' CODEC(ZSTD(1)),
    threshold Float64 COMMENT 'Effect from which it is a warning.' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'insufficient_data, ok, warn or alert: confirmed by the window before.',
    words String COMMENT 'The finding in a sentence.' CODEC(ZSTD(1)),
    contributors Array(Tuple(value String, reference_share Float64, current_share Float64)) COMMENT 'Values that moved most.' CODEC(ZSTD(1)),
    causes Array(Tuple(dimension String, value String, share Float64)) COMMENT 'What explains the shift, ranked, with the share of it.' CODEC(ZSTD(1)),
    example_runs Array(String) COMMENT 'Runs of the window that show it.' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(window_end)
ORDER BY (tenant_id, agent_id, dimension, method, reference, window_end)
TTL window_end + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'What the sentinel concluded about drift, per round; read v_drift';

-- Has an agent changed? The newest conclusion per agent, dimension, method and reference.
CREATE OR REPLACE VIEW {database}.v_drift AS
SELECT
    tenant_id, agent_id, dimension, method, reference, state, words, agent_version,
    window_start, window_end, reference_start, reference_end, n_current, n_reference, effect_name, effect, threshold,
    p_value, p_corrected, js_distance, linf, contributors, causes, example_runs, computed_at
FROM {database}.drift_results
ORDER BY window_end DESC, computed_at DESC
LIMIT 1 BY tenant_id, agent_id, dimension, method, reference;
