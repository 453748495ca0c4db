-- Whose confidence runs away from what comes of it? Decisions with a confidence per agent, kind of confidence, model and
-- step of time. model: of the decision, else the one that wrote most tokens in the run. The gap is confidence minus 1
-- or 0 for right or wrong, over judged decisions; its sums give an interval without a second look.
WITH
models AS
(
    SELECT tenant_id, run_id, argMax(name, tokens) AS model
    FROM
    (
        SELECT
            e.tenant_id AS tenant_id, e.run_id AS run_id,
            if(e.response_model = '', CAST(e.request_model, 'String'), e.response_model) AS name,
            sum(e.output_tokens) AS tokens
        FROM events AS e
        WHERE e.kind = 'model_call'
            AND e.event_time >= {since:DateTime('UTC')} - INTERVAL 1 DAY
            AND e.event_time < {until:DateTime('UTC')} + INTERVAL 1 DAY
            AND ({tenant:String} = '' OR e.tenant_id = {tenant:String})
        GROUP BY tenant_id, run_id, name
    )
    GROUP BY tenant_id, run_id
)
SELECT
    toStartOfInterval(d.event_time, toIntervalSecond({step_seconds:UInt32})) AS time,
    d.agent_id AS agent_id, d.confidence_kind AS confidence_kind,
    if(d.model = '', m.model, CAST(d.model, 'String')) AS model,
    count() AS decisions,
    round(sum(d.confidence), 6) AS confidence_sum,
    countIf(d.correct >= 0) AS judged,
    uniqExactIf(d.run_id, d.correct >= 0) AS runs,
    countIf(d.correct = 1) AS correct,
    round(sumIf(d.confidence, d.correct >= 0), 6) AS judged_confidence_sum,
    round(sumIf(d.confidence - d.correct, d.correct >= 0), 6) AS gap_sum,
    round(sumIf(pow(d.confidence - d.correct, 2), d.correct >= 0), 6) AS gap_square_sum
FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
    until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String}) AS d
LEFT JOIN models AS m ON d.tenant_id = m.tenant_id AND d.run_id = m.run_id
WHERE NOT isNaN(d.confidence)
GROUP BY time, agent_id, confidence_kind, model
ORDER BY time, agent_id, confidence_kind, model
LIMIT {limit:UInt32}
