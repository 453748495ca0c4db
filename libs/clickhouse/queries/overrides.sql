-- What do people overrule? Reviewed decisions (approval, override or correction by a person) by agent, release, type
-- and choice. human_labels: what people chose instead, most frequent first. A share needs its n: see
-- libs/estimate/wilson.ts.
SELECT
    tenant_id, agent_id, agent_version, decision_type, decision_chosen,
    count() AS decisions,
    uniqExact(run_id) AS runs,
    countIf(v.reviewed) AS reviewed,
    countIf(v.overridden) AS overridden,
    round(avgIf(confidence, NOT isNaN(confidence) AND v.overridden), 6) AS confidence_overridden,
    round(avgIf(confidence, NOT isNaN(confidence) AND v.reviewed AND NOT v.overridden), 6) AS confidence_upheld,
    topKIf(5)(human_label, v.overridden AND human_label != '') AS human_labels,
    groupArrayIf(5)(run_id, v.overridden) AS example_runs
FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
    until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String}) AS v
GROUP BY tenant_id, agent_id, agent_version, decision_type, decision_chosen
HAVING reviewed > 0
ORDER BY overridden DESC, reviewed DESC, tenant_id, agent_id, agent_version, decision_type, decision_chosen
LIMIT {limit:UInt32}
