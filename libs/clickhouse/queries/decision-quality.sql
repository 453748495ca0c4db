-- What is known about the decisions of each agent: how many have a result, what is missing, what people said.
-- correct counts among judged; conflicts are decisions whose results contradict each other and which are left out.
SELECT
    tenant_id, agent_id, confidence_kind,
    count() AS decisions,
    uniqExact(run_id) AS runs,
    countIf(v.correct >= 0) AS judged,
    countIf(v.correct = 1) AS correct,
    countIf(v.correct < 0 AND NOT v.conflict) AS waiting,
    countIf(v.conflict) AS conflicts,
    countIf(isNaN(confidence)) AS without_confidence,
    countIf(v.reviewed) AS reviewed,
    countIf(v.overridden) AS overridden,
    countIf(v.abstained) AS abstained,
    countIf(v.abstained AND v.correct >= 0) AS abstained_judged,
    countIf(v.abstained AND v.correct = 1) AS abstained_correct,
    countIf(NOT has_evidence) AS without_evidence,
    countIf(v.irreversible) AS irreversible,
    countIf(v.correct >= 0 AND startsWith(correct_by, 'run')) AS judged_by_run,
    countIf(v.correct >= 0 AND correct_by = 'outcome') AS judged_by_outcome,
    countIf(v.correct >= 0 AND correct_by = 'evaluation') AS judged_by_evaluation,
    countIf(v.correct >= 0 AND correct_by = 'feedback') AS judged_by_feedback
FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
    until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String}) AS v
GROUP BY tenant_id, agent_id, confidence_kind
ORDER BY decisions DESC, tenant_id, agent_id, confidence_kind
LIMIT {limit:UInt32}
