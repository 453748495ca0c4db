-- Does confidence mean anything? Of decisions of a window whose outcome is known, per series and kind of confidence:
-- expected calibration error over 20 bins of equal width, and mean confidence minus accuracy.
SELECT
    tenant, agent, version, environment_, subject_, confidence_kind,
    sum(bin_n) AS n,
    sum(bin_confidence) / n AS confidence_mean,
    sum(bin_correct) / n AS accuracy,
    confidence_mean - accuracy AS overconfidence,
    sum(abs(bin_confidence - bin_correct)) / n AS calibration_error,
    arraySlice(arrayDistinct(arrayFlatten(groupArray(runs))), 1, 5) AS wrong_runs
FROM
(
    SELECT
        if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
        if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
        if(has({by:Array(String)}, 'version'), agent_version, '') AS version,
        if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
        if(has({by:Array(String)}, 'subject'), model, '') AS subject_,
        confidence_kind,
        least(floor(least(greatest(confidence, 0), 1) * 20), 19) AS bin,
        count() AS bin_n,
        sum(least(greatest(confidence, 0), 1)) AS bin_confidence,
        sum(correct) AS bin_correct,
        groupArrayIf(5)(run_id, correct = 0 AND confidence >= 0.8) AS runs
    FROM v_decisions_between(tenant = {tenant:String}, agent = {agent:String}, since = {since_time:String},
        until = {until_time:String}, days = 30, kpi = '')
    WHERE correct >= 0 AND NOT isNaN(confidence)
        AND ({version:String} = '' OR agent_version = {version:String})
        AND ({environment:String} = '' OR environment = {environment:String})
    GROUP BY tenant, agent, version, environment_, subject_, confidence_kind, bin
)
GROUP BY tenant, agent, version, environment_, subject_, confidence_kind
