-- Alerts: their states, what was told to whom, what is muted, and who runs the rounds. Written by the sentinel and by
-- `spine alerts`; every row carries a revision, and the newest revision of a key counts, so that a repeated write
-- changes nothing. Times that have not come are 1970-01-01.

-- One row per alert, incident and state: the history of states, each with its last evidence.
CREATE TABLE IF NOT EXISTS {database}.alerts
(
    tenant_id LowCardinality(String) COMMENT 'Who it is about; empty for the pipeline itself.',
    alert_key String COMMENT 'Hash of rule and series; the same for ever.' CODEC(ZSTD(1)),
    pending_at DateTime64(3, 'UTC') COMMENT 'When it broke first; with alert_key, the incident.' CODEC(Delta(8), ZSTD(1)),
    state LowCardinality(String) COMMENT 'pending, firing, resolved or insufficient_data.',
    revision UInt64 COMMENT 'The highest of an incident counts.' CODEC(ZSTD(1)),
    rule_id LowCardinality(String) COMMENT 'The alert rule.',
    rule_name LowCardinality(String) COMMENT 'Its name, for people.',
    kind LowCardinality(String) COMMENT 'threshold, slo_burn, budget, drift, violations, absence or pipeline.',
    severity LowCardinality(String) COMMENT 'info, low, medium, high or critical.',
    started_at DateTime64(3, 'UTC') COMMENT 'When it fired; 1970 where it has not.' CODEC(Delta(8), ZSTD(1)),
    broken_at DateTime64(3, 'UTC') COMMENT 'When it last was broken.' CODEC(Delta(8), ZSTD(1)),
    no_data_at DateTime64(3, 'UTC') COMMENT 'Since when data are missing; 1970 where they are there.' CODEC(Delta(8), ZSTD(1)),
    resolved_at DateTime64(3, 'UTC') COMMENT 'When it was over; 1970 while it is not.' CODEC(Delta(8), ZSTD(1)),
    updated_at DateTime64(3, 'UTC') COMMENT 'When it was judged last.' CODEC(Delta(8), ZSTD(1)),
    value Float64 DEFAULT nan COMMENT 'What was measured.' CODEC(ZSTD(1)),
    threshold Float64 DEFAULT nan COMMENT 'The bound.' CODEC(ZSTD(1)),
    n UInt64 COMMENT 'Observations behind the value.' CODEC(ZSTD(1)),
    window_ms UInt64 COMMENT 'Length of the window.' CODEC(ZSTD(1)),
    summary String COMMENT 'What is wrong, one sentence with the numbers.' CODEC(ZSTD(1)),
    cause String COMMENT 'What explains it, ranked; empty where unknown.' CODEC(ZSTD(1)),
    agent_id LowCardinality(String) COMMENT 'The agent; empty where the rule does not split by it.',
    agent_versions Array(String) COMMENT 'Releases of the agent in the window.' CODEC(ZSTD(1)),
    policy_bundles Array(String) COMMENT 'Policy bundles that judged its events.' CODEC(ZSTD(1)),
    labels Map(LowCardinality(String), String) COMMENT 'The series, and the labels of the rule.' CODEC(ZSTD(1)),
    example_runs Array(String) COMMENT 'Runs to look at.' CODEC(ZSTD(1)),
    owner LowCardinality(String) COMMENT 'Owner of the agent.',
    team LowCardinality(String) COMMENT 'Its team.',
    criticality LowCardinality(String) COMMENT 'low, medium, high or critical.',
    cost_center LowCardinality(String) COMMENT 'Its cost centre.',
    kpi LowCardinality(String) COMMENT 'Its KPI.',
    advice String COMMENT 'What to do.' CODEC(ZSTD(1)),
    runbook String COMMENT 'Where it says more.' CODEC(ZSTD(1)),
    muted_by String COMMENT 'Why nobody is told now; empty where somebody is.' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(pending_at)
ORDER BY (tenant_id, alert_key, pending_at, state)
TTL toDateTime(updated_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'States of alerts; read v_alerts';

-- The outbox: what was or is to be told to a receiver. Written before it is sent.
CREATE TABLE IF NOT EXISTS {database}.alert_deliveries
(
    receiver LowCardinality(String) COMMENT 'Receiver of the routes file.',
    group_key String COMMENT 'Alerts that are told together.' CODEC(ZSTD(1)),
    incident String COMMENT 'Deduplication key at the receiver, the same from open to resolve.' CODEC(ZSTD(1)),
    sequence UInt32 COMMENT '1 for the open of an incident, then counting.' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'The highest of a delivery counts.' CODEC(ZSTD(1)),
    delivery_id String COMMENT 'Idempotency key.' CODEC(ZSTD(1)),
    action LowCardinality(String) COMMENT 'open, update or resolve.',
    state LowCardinality(String) COMMENT 'waiting, sending, sent, dead or dropped.',
    attempts UInt32 COMMENT 'Sends that were begun.' CODEC(ZSTD(1)),
    due_at DateTime64(3, 'UTC') COMMENT 'Not sent before.' CODEC(Delta(8), ZSTD(1)),
    created_at DateTime64(3, 'UTC') COMMENT 'When it was decided.' CODEC(Delta(8), ZSTD(1)),
    updated_at DateTime64(3, 'UTC') COMMENT 'When its state changed last.' CODEC(Delta(8), ZSTD(1)),
    error String COMMENT 'Code and words of the last failure.' CODEC(ZSTD(1)),
    members Array(String) COMMENT 'Keys of the alerts that were firing.' CODEC(ZSTD(1)),
    notification String COMMENT 'What is told, as JSON.' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(created_at)
ORDER BY (receiver, group_key, incident, sequence)
TTL toDateTime(updated_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Notifications of alerts and what became of them; read v_alert_deliveries';

CREATE TABLE IF NOT EXISTS {database}.alert_silences
(
    id String COMMENT 'The silence.',
    revision UInt64 COMMENT 'The highest of a silence counts.',
    match Map(String, Array(String)) COMMENT 'Label to the values that are silenced; all must match.',
    starts_at DateTime64(3, 'UTC') COMMENT 'From here.',
    ends_at DateTime64(3, 'UTC') COMMENT 'To here, not included.',
    by String COMMENT 'Who made it.',
    comment String COMMENT 'Why.',
    created_at DateTime64(3, 'UTC') COMMENT 'When it was made.'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY id
TTL toDateTime(ends_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1
COMMENT 'Silences: alerts that nobody is told of for a while';

CREATE TABLE IF NOT EXISTS {database}.alert_acknowledgements
(
    alert_key String COMMENT 'The alert.',
    pending_at DateTime64(3, 'UTC') COMMENT 'Of the incident, as in alerts.',
    revision UInt64 COMMENT 'The highest counts.',
    by String COMMENT 'Who takes care.',
    comment String COMMENT 'What they said.',
    at DateTime64(3, 'UTC') COMMENT 'When.'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (alert_key, pending_at)
TTL toDateTime(at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1
COMMENT 'Acknowledgements: incidents that are not repeated';

-- Who runs the rounds. A claim is an insert; of the highest epoch the earliest claim holds.
CREATE TABLE IF NOT EXISTS {database}.sentinel_leases
(
    epoch UInt64 COMMENT 'Counts holders.',
    holder String COMMENT 'A process.',
    until DateTime64(3, 'UTC') COMMENT 'Held until here, by the clock of the server.',
    taken_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When the row was inserted, by the clock of the server.'
)
ENGINE = MergeTree
ORDER BY (epoch, taken_at)
TTL toDateTime(taken_at) + INTERVAL 2 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1
COMMENT 'Which sentinel runs the rounds';

CREATE OR REPLACE VIEW {database}.v_alerts
COMMENT 'Alerts, one row per incident in its newest state. Which fire now? WHERE state = \'firing\''
AS SELECT
    tenant_id, alert_key, rule_id, rule_name, kind, severity, state, started_at, updated_at, resolved_at, pending_at,
    summary, cause, value, threshold, n, window_ms, agent_id, arrayStringConcat(agent_versions, ', ') AS agent_version,
    policy_bundles, labels, example_runs, advice, runbook, owner, team, criticality, cost_center, kpi, muted_by
FROM
(
    SELECT * FROM {database}.alerts
    ORDER BY revision DESC
    LIMIT 1 BY tenant_id, alert_key, pending_at
)
WHERE started_at > toDateTime64(0, 3, 'UTC') OR state = 'pending';

CREATE OR REPLACE VIEW {database}.v_alert_deliveries
COMMENT 'What was told to whom, newest state. What did not arrive? WHERE state = \'dead\''
AS SELECT
    receiver, incident, sequence, delivery_id, action, state, attempts, due_at, created_at, updated_at, error, members,
    JSONExtractString(notification, 'title') AS title
FROM
(
    SELECT * FROM {database}.alert_deliveries
    ORDER BY revision DESC
    LIMIT 1 BY receiver, group_key, incident, sequence
);
