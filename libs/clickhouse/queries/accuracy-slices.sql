-- Where is the agent right, and where not? Judged decisions by slice: one row per agent, dimension and value. With by =
-- 'model' the dimension model is there too: the decision's own, else the one that wrote most tokens in its run.
-- @agentspine/estimate/slices-answer adds the intervals and says which slices differ from the rest.
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
        WHERE {by:String} = 'model' AND e.kind = 'model_call'
            AND e.event_time >= toDateTime64({since:DateTime('UTC')}, 0, 'UTC') - INTERVAL 1 DAY
            AND e.event_time < toDateTime64({until:DateTime('UTC')}, 0, 'UTC') + INTERVAL 1 DAY
            AND ({tenant:String} = '' OR e.tenant_id = {tenant:String})
        GROUP BY tenant_id, run_id, name
    )
    GROUP BY tenant_id, run_id
)
SELECT
    v.tenant_id AS tenant_id, agent_id, slice.1 AS dimension, slice.2 AS value,
    count() AS n,
    uniqExact(v.run_id) AS runs,
    countIf(v.correct = 1) AS correct,
    round(avgIf(confidence, NOT isNaN(confidence)), 6) AS confidence_mean
FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
    until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String}) AS v
LEFT JOIN models AS m ON v.tenant_id = m.tenant_id AND v.run_id = m.run_id
ARRAY JOIN [
    ('decision_type', CAST(decision_type, 'String')),
    ('decision_chosen', CAST(decision_chosen, 'String')),
    ('agent_version', CAST(agent_version, 'String')),
    ('prompt_version', CAST(prompt_version, 'String')),
    ('policy_bundle', CAST(policy_bundle, 'String')),
    ('environment', CAST(environment, 'String')),
    ('confidence_kind', CAST(confidence_kind, 'String')),
    ('evidence', if(has_evidence, 'named', 'none')),
    ('model', if({by:String} != 'model', '', if(v.model = '', m.model, CAST(v.model, 'String'))))] AS slice
WHERE v.correct >= 0 AND slice.2 != ''
GROUP BY tenant_id, agent_id, dimension, value
ORDER BY tenant_id, agent_id, dimension, n DESC, value
LIMIT {limit:UInt32}
