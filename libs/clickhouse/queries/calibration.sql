-- Does confidence mean anything? Judged decisions in bins of confidence, per agent and kind of confidence (never
-- mixed): 20 bins of equal width, and 20 of equal mass (equal confidences stay in one bin). The sums are what ECE,
-- Brier score and its decomposition are made of, exactly; @agentspine/estimate/calibration-answer turns the rows into
-- an answer. limit counts agents and kinds, so that no curve is cut in two.
WITH
judged AS
(
    SELECT
        tenant_id, agent_id, confidence_kind, run_id, decision_id, correct AS y,
        least(greatest(confidence, 0), 1) AS c,
        count() OVER (PARTITION BY tenant_id, agent_id, confidence_kind) AS n_group,
        rank() OVER (PARTITION BY tenant_id, agent_id, confidence_kind ORDER BY c) AS at
    FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, days = {days:UInt16}, kpi = {kpi:String})
    WHERE correct >= 0 AND NOT isNaN(confidence) AND ({version:String} = '' OR agent_version = {version:String})
),
binned AS
(
    SELECT
        tenant_id, agent_id, confidence_kind, b.1 AS binning, b.2 AS bin, any(j.n_group) AS n_group,
        count() AS n,
        uniqExact(run_id) AS runs,
        sum(y) AS correct,
        sum(c) AS confidence_sum,
        sum(c * c) AS confidence_square_sum,
        sum(c * y) AS confidence_correct_sum,
        sum(pow(c - y, 4)) AS quartic_error_sum,
        min(c) AS confidence_min,
        max(c) AS confidence_max,
        round(avg(c), 6) AS confidence_mean,
        round(avg(y), 6) AS accuracy
    FROM judged AS j
    ARRAY JOIN [('width', toUInt8(least(floor(c * 20), 19))), ('mass', toUInt8(intDiv((at - 1) * 20, j.n_group)))] AS b
    GROUP BY tenant_id, agent_id, confidence_kind, binning, bin
)
SELECT * EXCEPT (n_group, place)
FROM
(
    SELECT *, dense_rank() OVER (ORDER BY n_group DESC, tenant_id, agent_id, confidence_kind) AS place
    FROM binned
)
WHERE place <= {limit:UInt32}
ORDER BY place, binning DESC, bin
