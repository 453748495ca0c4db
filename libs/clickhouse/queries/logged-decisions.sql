-- Decisions with the options that were there, their propensities, and what came of them: the log that off-policy
-- estimates read (@agentspine/estimate/off-policy-answer). reward: value of the KPI, or its success as 1 and 0; null
-- while none came. decisions counts all that match, so that a reader sees when limit cut the log; the newest are kept.
SELECT * EXCEPT (outcome)
FROM
(
    SELECT
        d.decision_id AS decision_id, d.run_id AS run_id, d.event_time AS event_time, d.decision_type AS decision_type,
        d.decision_chosen AS chosen, d.propensity AS propensity, d.confidence AS confidence,
        d.alternatives AS alternatives, d.features AS features, d.agent_version AS agent_version,
        arrayFirst(o -> o.1 = {name:String}, d.outcomes) AS outcome,
        multiIf(
            outcome.1 = '', nan,
            {measure:String} = 'success', if(outcome.4 < 0, nan, toFloat64(outcome.4)),
            outcome.2) AS reward,
        outcome.3 AS unit,
        count() OVER () AS decisions
    FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {name:String}) AS d
    WHERE ({type:String} = '' OR d.decision_type = {type:String})
        AND ({version:String} = '' OR d.agent_version = {version:String})
)
ORDER BY event_time DESC, decision_id
LIMIT {limit:UInt32}
