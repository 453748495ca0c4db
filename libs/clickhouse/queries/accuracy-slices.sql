-- Where is the agent right, and where not? Judged decisions by slice: one row per agent, dimension and value.
-- @agentspine/estimate/slices-answer adds the intervals and says which slices differ from the rest.
SELECT
    tenant_id, agent_id, slice.1 AS dimension, slice.2 AS value,
    count() AS n,
    uniqExact(run_id) AS runs,
    countIf(v.correct = 1) AS correct,
    round(avgIf(confidence, NOT isNaN(confidence)), 6) AS confidence_mean
FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
    until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String}) AS v
ARRAY JOIN [
    ('decision_type', CAST(decision_type, 'String')),
    ('decision_chosen', CAST(decision_chosen, 'String')),
    ('agent_version', CAST(agent_version, 'String')),
    ('prompt_version', CAST(prompt_version, 'String')),
    ('policy_bundle', CAST(policy_bundle, 'String')),
    ('environment', CAST(environment, 'String')),
    ('confidence_kind', CAST(confidence_kind, 'String')),
    ('evidence', if(has_evidence, 'named', 'none'))] AS slice
WHERE v.correct >= 0 AND slice.2 != ''
GROUP BY tenant_id, agent_id, dimension, value
ORDER BY tenant_id, agent_id, dimension, n DESC, value
LIMIT {limit:UInt32}
