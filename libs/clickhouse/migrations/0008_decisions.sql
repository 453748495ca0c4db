-- Decisions and what became of them: one row per decision, one row per outcome, evaluation or piece of feedback, filled
-- by materialized views from events with the same deduplication window; partitioned and expired by ingested_at, for the
-- reasons given in 0001. Results may come days later, so they are joined when they are read, not when they are stored.
-- Example: SELECT decision_id, correct, correct_by FROM v_decisions WHERE agent_id = 'claims-adjuster'

-- One row per decision event. Read v_decisions, which takes each decision once.
CREATE TABLE IF NOT EXISTS {database}.decisions
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    event_time DateTime64(6, 'UTC') COMMENT 'When it was decided.' CODEC(Delta(8), ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When Kafka took it.' CODEC(Delta(8), ZSTD(1)),
    agent_id LowCardinality(String) COMMENT 'The agent that decided.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    environment LowCardinality(String) COMMENT 'prod, staging, dev.',
    decision_id String COMMENT 'Id of the decision; event_id where the producer gave none.' CODEC(ZSTD(1)),
    decision_type LowCardinality(String) COMMENT 'What was decided about.',
    decision_chosen LowCardinality(String) COMMENT 'Label of the chosen option.',
    confidence Float64 COMMENT 'Confidence in it, 0 to 1; NaN when unknown.' CODEC(ZSTD(1)),
    confidence_kind LowCardinality(String) COMMENT 'What that number is: probability, logprob, self_reported, classifier, judge. Never mixed.',
    propensity Float64 COMMENT 'Probability with which the chosen option was picked; NaN when unknown.' CODEC(ZSTD(1)),
    alternatives Array(Tuple(label String, score Float64, propensity Float64)) COMMENT 'Options considered, the chosen one included.' CODEC(ZSTD(1)),
    features Map(LowCardinality(String), Float64) COMMENT 'Numeric features of the case that was decided.' CODEC(ZSTD(1)),
    irreversible Bool COMMENT 'True when it cannot be undone.' CODEC(ZSTD(1)),
    has_evidence Bool COMMENT 'True when the decision names data that fed it (data_context with role input).' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'Model named on the decision itself; empty for most producers.',
    prompt_name LowCardinality(String) COMMENT 'Prompt template in use.',
    prompt_version LowCardinality(String) COMMENT 'Its version.',
    policy_bundle LowCardinality(String) COMMENT 'Hash of the policy bundle that judged the event.',
    agent_policy_bundle LowCardinality(String) COMMENT 'Hash of the bundle the agent itself enforced.',
    team LowCardinality(String) COMMENT 'Team of the agent.',
    kpi LowCardinality(String) COMMENT 'KPI the agent serves, from the agent registry.',
    trace_id String COMMENT 'Its trace.' CODEC(ZSTD(1)),
    run_id String COMMENT 'Its run.' CODEC(ZSTD(1)),
    span_id String COMMENT 'Its operation.' CODEC(ZSTD(1)),
    event_id String COMMENT 'The event.' CODEC(ZSTD(1)),
    source_partition Int32 COMMENT 'Partition of agent.events.' CODEC(ZSTD(1)),
    source_offset Int64 COMMENT 'Offset in it.' CODEC(Delta(8), ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    INDEX ix_decision decision_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_run run_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_time event_time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, agent_id, event_time, decision_id)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'One row per decision event; read v_decisions';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.decisions_mv TO {database}.decisions AS
SELECT
    tenant_id, event_time, ingested_at, agent_id, agent_version, environment,
    if(e.decision_id = '', e.event_id, e.decision_id) AS decision_id,
    decision_type, decision_chosen, confidence, confidence_kind, propensity, alternatives, features, irreversible,
    has(data_context.role, 'input') AS has_evidence,
    if(response_model = '', CAST(request_model, 'String'), response_model) AS model,
    prompt_name, prompt_version, policy_bundle, agent_policy_bundle, team, kpi, trace_id, run_id, span_id, event_id,
    source_partition, source_offset, generation
FROM {database}.events AS e
WHERE kind = 'decision' AND phase != 'start';

-- One row per outcome, evaluation or feedback event. link and link_id say what it is about, in the words of the
-- producer.
CREATE TABLE IF NOT EXISTS {database}.results
(
    tenant_id LowCardinality(String) COMMENT 'Who the data belongs to.',
    event_time DateTime64(6, 'UTC') COMMENT 'When the result was known.' CODEC(Delta(8), ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When Kafka took it.' CODEC(Delta(8), ZSTD(1)),
    kind LowCardinality(String) COMMENT 'outcome, evaluation or feedback.',
    name LowCardinality(String) COMMENT 'The KPI, the name of the evaluation, or the type of the feedback.',
    value Float64 COMMENT 'Value, score or rating; NaN when unknown.' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'Unit of an outcome: usd, count, ratio, minutes.',
    success Int8 COMMENT '1 the wanted result, 0 not, -1 not said. Of evaluations by their label, of feedback by the approval.' CODEC(ZSTD(1)),
    label String COMMENT 'Label of the evaluation, or what the person decided.' CODEC(ZSTD(1)),
    annotator_kind LowCardinality(String) COMMENT 'human, llm or code; human for feedback, empty for outcomes.',
    link LowCardinality(String) COMMENT 'What link_id names: decision, span, run, or other (a case, a conversation).',
    link_id String COMMENT 'Id of what it is about.' CODEC(ZSTD(1)),
    agent_id LowCardinality(String) COMMENT 'Agent on the event itself; empty for facts from business systems.',
    agent_version LowCardinality(String) COMMENT 'Its release.',
    environment LowCardinality(String) COMMENT 'prod, staging, dev.',
    policy_bundle LowCardinality(String) COMMENT 'Hash of the policy bundle that judged the event.',
    run_id String COMMENT 'Run the event was sent in.' CODEC(ZSTD(1)),
    trace_id String COMMENT 'Its trace.' CODEC(ZSTD(1)),
    event_id String COMMENT 'The event.' CODEC(ZSTD(1)),
    source_partition Int32 COMMENT 'Partition of agent.events.' CODEC(ZSTD(1)),
    source_offset Int64 COMMENT 'Offset in it.' CODEC(Delta(8), ZSTD(1)),
    generation Int32 COMMENT 'Generation of the pipeline.' CODEC(ZSTD(1)),
    INDEX ix_link link_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_run run_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, event_time, event_id)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY DELETE
SETTINGS
    non_replicated_deduplication_window = {window},
    replicated_deduplication_window = {window},
    replicated_deduplication_window_seconds = 604800,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 480
COMMENT 'Outcomes, evaluations and feedback, one row per event; read v_decisions or the query kpi';

-- A label that is neither in the list of yes nor of no says nothing about right or wrong, and neither does a bare
-- score: only the evaluator knows where its line is.
CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.results_mv TO {database}.results AS
SELECT
    tenant_id, event_time, ingested_at, kind,
    multiIf(kind = 'outcome', outcome_kpi, kind = 'evaluation', evaluation_name, feedback_type) AS name,
    multiIf(kind = 'outcome', outcome_value, kind = 'evaluation', evaluation_score, feedback_score) AS value,
    if(kind = 'outcome', outcome_unit, '') AS unit,
    toInt8(multiIf(
        kind = 'outcome', outcome_success,
        kind = 'feedback' AND feedback_type = 'approval',
        multiIf(lower(feedback_decision) IN ('approved', 'approve', 'accepted', 'yes'), 1,
            lower(feedback_decision) IN ('rejected', 'reject', 'denied', 'no'), 0, -1),
        kind = 'feedback', -1,
        lower(evaluation_label) IN ('pass', 'passed', 'correct', 'true', 'yes', 'right', 'success'), 1,
        lower(evaluation_label) IN ('fail', 'failed', 'incorrect', 'false', 'no', 'wrong', 'failure'), 0,
        -1)) AS success,
    if(kind = 'evaluation', evaluation_label, feedback_decision) AS label,
    multiIf(kind = 'evaluation', annotator_kind, kind = 'feedback', 'human', '') AS annotator_kind,
    multiIf(
        outcome_decision_id != '' OR (kind = 'evaluation' AND evaluation_target_type = 'decision'), 'decision',
        kind = 'feedback' AND feedback_target_id != '',
        if(length(feedback_target_id) = 16 AND match(feedback_target_id, '^[0-9a-f]+$'), 'span', 'decision'),
        kind = 'evaluation' AND evaluation_target_type = 'span' AND evaluation_target_id != '', 'span',
        kind = 'evaluation' AND evaluation_target_type = 'conversation', 'other',
        kind = 'outcome' AND outcome_target_id != '' AND outcome_target_id != run_id, 'other',
        'run') AS link,
    multiIf(
        outcome_decision_id != '', outcome_decision_id,
        kind = 'evaluation' AND evaluation_target_id != '', evaluation_target_id,
        kind = 'feedback' AND feedback_target_id != '', feedback_target_id,
        kind = 'outcome' AND outcome_target_id != '', outcome_target_id,
        run_id) AS link_id,
    agent_id, agent_version, environment, policy_bundle, run_id, trace_id, event_id, source_partition, source_offset,
    generation
FROM {database}.events
WHERE kind IN ('outcome', 'evaluation', 'feedback') AND phase != 'start';

-- Each decision once, with what became of it. The parameters bound what is read: whose ('' for all), when it was
-- decided, and how many days a result may come after it (days). kpi: judge by this KPI alone; '' by the agent's own KPI
-- first.
--
-- A result belongs to a decision that it names; if it names a span or nothing, to the decision of that span, or to
-- every decision of its run. Of several results of one kind and name the latest counts. The first of these that says
-- right or wrong decides (correct_by): outcome of the agent's KPI, any outcome, feedback, evaluation by a person, by
-- code, by a model, then the outcome of the run. Where equals disagree, correct is -1 and conflict is true: no number
-- is made up. Margins are added in DateTime64, since a DateTime would wrap around before 1970 and after 2106.
CREATE OR REPLACE VIEW {database}.v_decisions_between AS
WITH
decided AS
(
    SELECT *
    FROM {database}.decisions
    WHERE event_time >= {since:DateTime('UTC')} AND event_time < {until:DateTime('UTC')}
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
    ORDER BY generation DESC, event_time, event_id
    LIMIT 1 BY tenant_id, decision_id
),
keyed AS
(
    SELECT tenant_id, decision_id, event_time AS decided_at, decision_chosen AS chosen, kpi AS own_kpi, key
    FROM decided
    ARRAY JOIN [('decision', decision_id), ('span', span_id), ('run', run_id)] AS key
),
known AS
(
    SELECT
        tenant_id, event_time, kind, name, value, unit, success, label, annotator_kind,
        arrayJoin(if(link IN ('decision', 'span'), [(CAST(link, 'String'), link_id)],
            arrayDistinct([('run', run_id), ('run', link_id)]))) AS key
    FROM
    (
        SELECT
            tenant_id, event_time, kind, name, value, unit, success, label, annotator_kind, link, link_id, run_id,
            event_id, generation
        FROM {database}.results
        WHERE event_time >= toDateTime64({since:DateTime('UTC')}, 0, 'UTC') - INTERVAL 1 DAY
            AND event_time < toDateTime64({until:DateTime('UTC')}, 0, 'UTC') + toIntervalDay({days:UInt16})
            AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        ORDER BY generation DESC, event_time, event_id
        LIMIT 1 BY tenant_id, event_id
    )
),
gathered AS
(
    -- Results of one decision, sort and name, newest first. A named decision may be a day ahead of its result's clock;
    -- a result of the run that came before the decision is about something else.
    SELECT
        tenant_id, decision_id, kind, name, key.1 AS link,
        arrayReverseSort(r -> (r.1, r.2), groupArray(
            (event_time, success, value, unit, label, annotator_kind, name = own_kpi, chosen))) AS all_results
    FROM keyed AS d INNER JOIN known AS k ON d.tenant_id = k.tenant_id AND d.key = k.key
    WHERE k.event_time >= decided_at - if(key.1 = 'run', toIntervalDay(0), toIntervalDay(1))
        AND k.event_time < decided_at + toIntervalDay({days:UInt16})
    GROUP BY tenant_id, decision_id, kind, name, link
),
newest AS
(
    SELECT
        tenant_id, decision_id, kind, name, link, r.1 AS known_at, r.2 AS success, r.3 AS value, r.4 AS unit,
        r.5 AS label, r.6 AS annotator_kind, r.7 AS is_own, r.8 AS chosen,
        arrayExists(o -> o.1 = r.1 AND ((o.2 >= 0 AND o.2 != r.2)
            OR (kind = 'outcome' AND o.3 != r.3 AND NOT isNaN(o.3 + r.3))), all_results) AS is_torn
    FROM gathered
    ARRAY JOIN arraySlice(all_results, 1, 1) AS r
),
voiced AS
(
    -- rank: which voice counts first, 0 for none. says: right, wrong, -1 nothing, 2 torn. Who overrides with another
    -- label says that the choice was wrong.
    SELECT
        tenant_id, decision_id, kind, name, link, known_at, success, unit, label, annotator_kind, is_torn,
        if(is_torn, nan, value) AS sound_value,
        multiIf(
            {kpi:String} != '', if(kind != 'outcome' OR name != {kpi:String}, 0, if(link = 'run', 7, 1)),
            kind = 'feedback', 3,
            kind = 'evaluation', multiIf(annotator_kind = 'human', 4, annotator_kind = 'code', 5, 6),
            if(link = 'run', 8, 2) - is_own) AS rank,
        multiIf(
            is_torn, 2,
            kind = 'feedback' AND name IN ('override', 'correction'), if(label != '' AND label = chosen, 1, 0),
            success) AS says
    FROM newest
),
said AS
(
    SELECT
        tenant_id, decision_id,
        arraySort(groupArrayIf((toUInt8(rank), toInt8(says), concat(if(link = 'run', 'run ', ''), kind)),
            rank > 0 AND says >= 0)) AS voices,
        groupArrayIf((CAST(name, 'String'), sound_value, CAST(unit, 'String'), if(is_torn, -1, success), known_at,
            CAST(link, 'String')), kind = 'outcome') AS outcomes,
        groupArrayIf((CAST(name, 'String'), sound_value, label, CAST(annotator_kind, 'String')), kind = 'evaluation')
            AS evaluations,
        max(kind = 'feedback' AND name IN ('approval', 'override', 'correction')) AS reviewed,
        max(kind = 'feedback' AND says = 0) AS overridden,
        maxIf(label, kind = 'feedback' AND name IN ('override', 'correction')) AS human_label,
        maxIf(sound_value, kind = 'feedback' AND name = 'rating') AS rating,
        max(kind = 'feedback' AND name = 'rating') AS rated
    FROM voiced
    GROUP BY tenant_id, decision_id
),
settled AS
(
    SELECT
        tenant_id, decision_id, outcomes, evaluations, reviewed, overridden, human_label,
        rated, rating,
        voices[1] AS first_voice,
        arrayExists(v -> v.1 = first_voice.1 AND (v.2 = 2 OR v.2 != first_voice.2), voices) AS conflict
    FROM said
)
SELECT
    d.tenant_id AS tenant_id, d.decision_id AS decision_id, d.event_time AS event_time,
    d.agent_id AS agent_id, d.agent_version AS agent_version, d.environment AS environment,
    d.decision_type AS decision_type, d.decision_chosen AS decision_chosen, d.confidence AS confidence,
    d.confidence_kind AS confidence_kind, d.propensity AS propensity, d.alternatives AS alternatives,
    d.features AS features, d.irreversible AS irreversible,
    d.has_evidence AS has_evidence, d.model AS model, d.prompt_name AS prompt_name, d.prompt_version AS prompt_version,
    d.policy_bundle AS policy_bundle, d.team AS team, d.kpi AS kpi, d.run_id AS run_id, d.trace_id AS trace_id,
    d.span_id AS span_id, d.generation AS generation,
    CAST(s.conflict, 'Bool') AS conflict,
    toInt8(if(s.first_voice.1 = 0 OR s.conflict, -1, s.first_voice.2)) AS correct,
    s.first_voice.3 AS correct_by,
    CAST(s.reviewed, 'Bool') AS reviewed,
    CAST(s.overridden, 'Bool') AS overridden,
    s.human_label AS human_label,
    if(s.rated, s.rating, nan) AS rating,
    CAST(lower(d.decision_chosen) IN ('abstain', 'escalate', 'refer', 'defer', 'handoff', 'hand_over', 'human_review',
        'ask_human', 'page', 'unsure'), 'Bool') AS abstained,
    CAST(s.outcomes, concat('Array(Tuple(kpi String, value Float64, unit String, success Int8, ',
        'known_at DateTime64(6, \'UTC\'), link String))')) AS outcomes,
    CAST(s.evaluations, 'Array(Tuple(name String, score Float64, label String, annotator_kind String))') AS evaluations
FROM decided AS d LEFT JOIN settled AS s ON d.tenant_id = s.tenant_id AND d.decision_id = s.decision_id;

-- Was it right, how sure was it, did a person overrule it? One row per decision; results count for 30 days.
-- Reads all decisions and results; for a range use the named queries, or v_decisions_between.
CREATE OR REPLACE VIEW {database}.v_decisions AS
SELECT *
FROM {database}.v_decisions_between(
    tenant = '', agent = '', since = '1970-01-02 00:00:00', until = '2100-01-01 00:00:00', days = 30, kpi = '');

-- What a KPI came to: one row per decision that an outcome (or evaluation, or feedback; kind and name say which)
-- belongs to, else per run, else per case. A result of a run counts once, beside the last decision of the run.
--
-- attributed says which link was used: decision (named, by its id or span), run, or none (nothing known about it: the
-- time is then the result's own). The range is by the time of the decision, so that a result that comes late falls into
-- the day it was decided. value is the latest, or the sum of all, as combine says ('last' or 'sum').
CREATE OR REPLACE VIEW {database}.v_kpi_between AS
WITH
decided AS
(
    SELECT *
    FROM {database}.decisions
    -- As far back as a result of the range may reach, so that it is not taken for one without a decision.
    WHERE event_time >= toDateTime64({since:DateTime('UTC')}, 0, 'UTC') - toIntervalDay({days:UInt16} + 1)
        AND event_time < {until:DateTime('UTC')}
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    ORDER BY generation DESC, event_time, event_id
    LIMIT 1 BY tenant_id, decision_id
),
keyed AS
(
    SELECT
        tenant_id, key, argMax(
            (decision_id, event_time, agent_id, agent_version, environment, decision_type, decision_chosen, model,
                prompt_version, policy_bundle, run_id),
            (event_time, decision_id)) AS d
    FROM decided
    ARRAY JOIN [('decision', decision_id), ('span', span_id), ('run', run_id)] AS key
    GROUP BY tenant_id, key
),
known AS
(
    SELECT *, if(link IN ('decision', 'span'), (CAST(link, 'String'), link_id), ('run', run_id)) AS key
    FROM
    (
        SELECT *
        FROM {database}.results
        WHERE kind = {kind:String} AND name = {name:String}
            AND event_time >= toDateTime64({since:DateTime('UTC')}, 0, 'UTC') - INTERVAL 1 DAY
            AND event_time < toDateTime64({until:DateTime('UTC')}, 0, 'UTC') + toIntervalDay({days:UInt16})
            AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        ORDER BY generation DESC, event_time, event_id
        LIMIT 1 BY tenant_id, event_id
    )
),
attributed_results AS
(
    SELECT
        k.tenant_id AS tenant_id, k.event_time AS known_at, k.value AS value, k.unit AS unit, k.success AS success,
        k.link AS link, k.link_id AS link_id, k.key AS key, k.run_id AS own_run, k.agent_id AS own_agent,
        k.agent_version AS own_version, k.environment AS own_environment, k.policy_bundle AS own_bundle,
        d.d AS d, d.d.1 != '' AS is_joined
    FROM known AS k LEFT JOIN keyed AS d ON k.tenant_id = d.tenant_id AND k.key = d.key
)
SELECT
    tenant_id,
    multiIf(is_joined AND key.1 != 'run', 'decision', link = 'run' AND (is_joined OR own_agent != ''), 'run', 'none')
        AS attributed,
    multiIf(is_joined AND key.1 != 'run', d.1, link = 'run', own_run, link_id) AS subject_id,
    any(if(is_joined, d.2, known_at)) AS at,
    max(known_at) AS last_known_at,
    any(if(is_joined, d.3, own_agent)) AS agent_id,
    any(if(is_joined, d.4, own_version)) AS agent_version,
    any(if(is_joined, d.5, own_environment)) AS environment,
    any(if(is_joined, d.6, '')) AS decision_type,
    any(if(is_joined, d.7, '')) AS decision_chosen,
    any(if(is_joined, d.8, '')) AS model,
    any(if(is_joined, d.9, '')) AS prompt_version,
    any(if(is_joined, d.10, own_bundle)) AS policy_bundle,
    any(if(is_joined, d.11, own_run)) AS run_id,
    arrayReverseSort(groupArray(
        (known_at, r.success, if(isNaN(r.value), -inf, r.value), r.value, CAST(r.unit, 'String')))) AS found,
    arrayFilter(v -> NOT isNaN(v), found.4) AS said_values,
    if({combine:String} = 'sum', if(empty(said_values), nan, arraySum(said_values)), found[1].4) AS value,
    toInt8(found[1].2) AS success,
    found[1].5 AS unit,
    arrayUniq(found.5) AS units,
    {combine:String} != 'sum' AND arrayExists(
        f -> f.1 = found[1].1 AND (f.3 != found[1].3 OR (f.2 >= 0 AND f.2 != found[1].2)), found) AS conflict,
    count() AS events
FROM attributed_results AS r
WHERE NOT is_joined OR (known_at >= d.2 - INTERVAL 1 DAY AND known_at < d.2 + toIntervalDay({days:UInt16}))
GROUP BY tenant_id, attributed, subject_id
HAVING at >= {since:DateTime('UTC')} AND at < {until:DateTime('UTC')}
    AND ({agent:String} = '' OR agent_id = {agent:String});
