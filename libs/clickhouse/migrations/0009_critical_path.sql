-- Where did the time of a run go? Every moment of a run is counted once, for the deepest operation under way; where
-- several branches are under way at once, for the one that ends last, since the run waits for that one.
--
-- v_run_paths is the rule itself, with parameters; people read v_critical_path (one run) and v_critical_path_by_agent.
-- Among children of one operation, sorted by their end, latest first, a child owns the time from its start up to the
-- earliest start of those before it: one interval, so nesting is the smaller of the ends and the larger of the starts
-- along the way down. What an operation owns, less what its children own, is its own part of the critical path.
--
--   start, end   by the monotonic duration where there is one, else by the two wall clocks
--   the run      from the start to the end of its outermost agent_run; without one, of its operations. Outcomes,
--                evaluations and feedback that come later do not prolong it
--   open         an operation without an end lasts to the last event of the run
--   clock skew   a child is cut to its parent; an operation whose parent is unknown belongs to the run
--   waiting      after an event with status waiting until the next event, and before an approval since the event
--                before it, time goes to a person; between two tries of an operation, and in a hand-off, to the queue
CREATE OR REPLACE VIEW {database}.v_run_paths AS
WITH runs AS
(
    -- One run, or the newest ended ones that began in the range: told from the few rows that touch it.
    SELECT
        tenant_id, run_id, min(t.first_event) AS first_event, max(t.last_time) AS last_event,
        min(t.first_ingested) AS first_ingested, max(t.last_ingested) AS last_ingested
    FROM {database}.trace_index AS t
    WHERE ({run_id:String} = '' OR run_id = {run_id:String}) AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({run_id:String} != '' OR t.last_time >= {since:DateTime('UTC')}
            AND t.first_time < {until:DateTime('UTC')} AND ({agent:String} = '' OR t.agent_id = {agent:String}))
    GROUP BY tenant_id, run_id
    HAVING {run_id:String} != '' OR (min(t.first_time) >= {since:DateTime('UTC')} AND max(t.run_status) != '')
    ORDER BY min(t.first_time) DESC, run_id
    LIMIT {max_runs:UInt32}
),
(
    SELECT (min(first_event), max(last_event), min(first_ingested), max(last_ingested)) FROM runs
) AS reach,
operations AS
(
    -- One row per operation: start and end share a span_id. Times in microseconds.
    SELECT
        e.tenant_id AS tenant_id, e.run_id AS run_id, e.span_id AS span_id,
        argMax(
            (e.parent_span_id, CAST(e.agent_id, 'String'), CAST(e.kind, 'String'), multiIf(
                e.kind = 'tool_call', CAST(e.tool_name, 'String'),
                e.kind = 'model_call', CAST(e.request_model, 'String'),
                e.kind = 'retrieval', e.retrieval_source, e.name),
                CAST(e.status, 'String'), e.attempt, e.feedback_type, CAST(e.phase, 'String')),
            (e.kind != 'error', e.phase IN ('end', 'point'), e.duration_ns, e.event_id)) AS about,
        countIf(e.phase IN ('end', 'point')) = 0 AS is_open,
        min(if(e.phase != 'start' AND e.duration_ns > 0,
            toUnixTimestamp64Micro(e.event_time) - intDiv(e.duration_ns, 1000),
            least(toUnixTimestamp64Micro(e.start_time), toUnixTimestamp64Micro(e.event_time)))) AS began,
        max(toUnixTimestamp64Micro(e.event_time)) AS told
    FROM {database}.events AS e
    WHERE (e.tenant_id, e.run_id) IN (SELECT tenant_id, run_id FROM runs)
        AND e.event_time >= reach.1 AND e.event_time <= reach.2
        AND e.ingested_at >= reach.3 AND e.ingested_at <= reach.4
    GROUP BY tenant_id, run_id, span_id
),
neighbours AS
(
    -- The outermost agent_run, the bounds of the run, and what came just before and after each operation.
    SELECT
        *, about.1 AS parent, about.3 AS kind, about.4 AS subject,
        kind IN ('outcome', 'evaluation', 'feedback') AS may_come_later,
        argMinIf((span_id, began, is_open, told), (began, -told), kind = 'agent_run') OVER run AS root,
        minIf(began, NOT may_come_later) OVER run AS first_moment,
        maxIf(told, NOT may_come_later) OVER run AS last_moment,
        row_number() OVER (PARTITION BY tenant_id, run_id ORDER BY began, span_id) AS place,
        row_number() OVER (PARTITION BY tenant_id, run_id ORDER BY kind != 'agent_run', began - told, span_id) AS rank,
        leadInFrame(began, 1, began) OVER (PARTITION BY tenant_id, run_id ORDER BY began, told
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_began,
        lagInFrame(told, 1, told) OVER (PARTITION BY tenant_id, run_id ORDER BY told, began
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before_told,
        lagInFrame(told, 1, told) OVER (PARTITION BY tenant_id, run_id, parent, kind, subject ORDER BY began, told
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS try_told
    FROM operations
    WINDOW run AS (PARTITION BY tenant_id, run_id)
),
parents AS
(
    -- Twice each, under its own id and under its parent's, which tells whether the parent is there.
    SELECT *, side, max(side = 0) OVER (PARTITION BY tenant_id, run_id, key) AS is_known
    FROM (SELECT * FROM neighbours WHERE rank <= {max_operations:UInt32})
    ARRAY JOIN [0, 1] AS side, [span_id, parent] AS key
),
bounds AS
(
    SELECT
        tenant_id, run_id, span_id, about, kind, told, began, next_began, before_told, try_told, place,
        if(is_open, greatest(last_moment, told), told) AS ended,
        root.1 AS root_id,
        if(root_id != '', root.2, first_moment) AS run_began,
        if(root_id != '' AND NOT root.3, root.4, last_moment) AS run_ended,
        if(span_id = root_id, '-', if(is_known AND parent != span_id, parent, root_id)) AS above,
        multiIf(
            kind = 'model_call', 'model', kind = 'tool_call', 'tool', kind = 'retrieval', 'retrieval',
            kind = 'memory', 'memory', kind IN ('guardrail', 'evaluation'), 'guard',
            kind = 'feedback' OR about.5 = 'waiting' AND kind != 'agent_run', 'person', kind = 'handoff', 'queue',
            'agent') AS category
    FROM parents
    WHERE side = 1
),
pieces AS
(
    -- The operation itself, a run that nobody told, and the waits that only show between operations.
    SELECT
        tenant_id, run_id, about, arrayJoin(arrayConcat(
            [(span_id, above, if(span_id = root_id, run_began, began), if(span_id = root_id, run_ended, ended), kind,
                category, span_id = root_id)],
            if(place = 1 AND root_id = '', [('', '-', run_began, run_ended, 'agent_run', 'agent', true)], []),
            if(about.8 != 'end' AND about.5 = 'waiting',
                [(concat(span_id, ':wait'), above, told, next_began, 'wait', 'person', false)], []),
            if(kind = 'feedback' AND about.7 = 'approval' AND began = told,
                [(concat(span_id, ':wait'), above, before_told, told, 'wait', 'person', false)], []),
            if(about.6 > 1 AND try_told < began,
                [(concat(span_id, ':retry'), above, try_told, began, 'wait', 'queue', false)], []))) AS piece
    FROM bounds
),
spans AS
(
    SELECT
        tenant_id, run_id, about.2 AS agent_id, about.4 AS subject, about.5 AS status, piece.1 AS span_id,
        piece.2 AS parent, piece.3 AS began, piece.4 AS ended, piece.5 AS kind, piece.6 AS category,
        piece.7 AS is_root
    FROM pieces
),
siblings AS
(
    SELECT
        *, ifNull(min(toNullable(began)) OVER (PARTITION BY tenant_id, run_id, parent
            ORDER BY ended DESC, began, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
            toInt64(9e18)) AS later_began
    FROM spans
),
arrays AS
(
    -- One row per run; above: the place of each operation's parent in the arrays, 0 for the root.
    SELECT
        tenant_id, run_id,
        groupArray((span_id, parent, agent_id, kind, subject, status, category, began, ended)) AS abouts,
        groupArray(cityHash64(span_id)) AS ids,
        arrayMap(x -> toUInt32(indexOf(ids, x)), groupArray(cityHash64(parent))) AS above,
        groupArray(began) AS lows,
        groupArray(least(ended, later_began)) AS highs,
        anyIf((agent_id, began, ended - began), is_root) AS of_root
    FROM siblings
    GROUP BY tenant_id, run_id
),
chains AS
(
    -- The largest start and the smallest end on the way up, twice as far with each step: 1, 2, 4 … 64 operations.
    SELECT
        tenant_id, run_id, of_root, abouts,
        arrayFold(
            (a, step) -> (
                arrayMap(j -> if(j = 0, toUInt32(0), a.1[j]), a.1),
                arrayMap((d, j) -> toUInt32(d + if(j = 0, 0, a.2[j])), a.2, a.1),
                arrayMap((x, j) -> if(j = 0, x, greatest(x, a.3[j])), a.3, a.1),
                arrayMap((x, j) -> if(j = 0, x, least(x, a.4[j])), a.4, a.1)),
            range(6), (above, arrayMap(j -> toUInt32(j > 0), above), lows, highs)) AS chain
    FROM arrays
),
parts AS
(
    -- What an operation owns, and the same taken from its parent. One that never gets to the root owns nothing.
    SELECT
        tenant_id, run_id, of_root, about, depth,
        own_began, arrayJoin([(about.1, own_us, true), (about.2, -own_us, false)]) AS part
    FROM
    (
        SELECT
            tenant_id, run_id, of_root, one.1 AS about, one.2 AS depth, one.3 AS own_began,
            if(one.5 = 0, greatest(one.4 - one.3, 0), 0) AS own_us
        FROM
        (
            SELECT
                tenant_id, run_id, of_root,
                arrayJoin(arrayZip(abouts, chain.2, chain.3, chain.4, chain.1)) AS one
            FROM chains
        )
    )
)
SELECT
    tenant_id, run_id, part.1 AS operation,
    anyIf(about.2, part.3) AS parent_span_id,
    anyIf(p.depth, part.3) AS depth,
    anyIf(about.7, part.3) AS category,
    any(of_root.1) AS run_agent_id,
    anyIf(about.3, part.3) AS agent_id,
    anyIf(about.4, part.3) AS kind,
    anyIf(about.5, part.3) AS subject,
    anyIf(about.6, part.3) AS status,
    anyIf(own_began - of_root.2, part.3) AS offset_us,
    anyIf(about.9 - about.8, part.3) AS duration_us,
    sum(part.2) AS critical_us,
    any(of_root.3) AS run_us
FROM parts AS p
WHERE part.1 != '-'
GROUP BY tenant_id, run_id, operation;

-- Where did the wall time of one run go? One row per operation on its critical path; critical_ms adds up to the run.
-- Example: SELECT category, sum(critical_ms) FROM v_critical_path(run_id = 'run-17') GROUP BY category
CREATE OR REPLACE VIEW {database}.v_critical_path AS
SELECT
    tenant_id, run_id, operation AS span_id, if(parent_span_id = '-', '', parent_span_id) AS parent_span_id,
    depth, category, agent_id, kind, subject, status,
    round(offset_us / 1e3, 3) AS offset_ms,
    round(duration_us / 1e3, 3) AS duration_ms,
    round(critical_us / 1e3, 3) AS critical_ms,
    round(if(run_us > 0, critical_us / run_us, 0), 4) AS share
FROM {database}.v_run_paths(run_id = {run_id:String}, tenant = '', agent = '', since = '1970-01-01 00:00:00',
    until = '2106-01-01 00:00:00', max_runs = 10, max_operations = 2000)
WHERE critical_us > 0;

-- The same, summed over the newest ended runs (at most 1,000) that began in [since, until), by agent and category.
-- Example: SELECT * FROM v_critical_path_by_agent(since = '2026-01-01 00:00:00', until = '2026-01-08 00:00:00')
CREATE OR REPLACE VIEW {database}.v_critical_path_by_agent AS
SELECT
    tenant_id, agent_id, category, runs, round(category_us / 1e3, 3) AS critical_ms,
    round(category_us / 1e3 / runs, 3) AS ms_per_run,
    round(if(agent_us > 0, category_us / agent_us, 0), 4) AS share
FROM
(
    SELECT
        tenant_id, p.run_agent_id AS agent_id, category, sum(critical_us) AS category_us,
        sum(category_us) OVER (PARTITION BY tenant_id, agent_id) AS agent_us,
        sum(sumIf(1, depth = 0)) OVER (PARTITION BY tenant_id, agent_id) AS runs
    FROM {database}.v_run_paths(run_id = '', tenant = '', agent = '', since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, max_runs = 1000, max_operations = 200) AS p
    GROUP BY tenant_id, agent_id, category
)
WHERE category_us > 0;
