-- A KPI in a window against the seven days before it, per series: means, counts, and how many standard errors lie
-- between them. Means by version stand beside, for the cause.
SELECT
    tenant, agent, environment_,
    sum(n_now) AS n,
    sum(n_before) AS before_n,
    sum(sum_now) / n AS mean_now,
    sum(sum_before) / before_n AS mean_before,
    sqrt(greatest(sum(square_now) / n - pow(mean_now, 2), 0) / n
        + greatest(sum(square_before) / before_n - pow(mean_before, 2), 0) / before_n) AS error,
    arraySort(groupArrayIf((version, round(sum_now / n_now, 4), n_now), n_now > 0)) AS versions,
    arraySlice(arrayFlatten(groupArray(runs)), 1, 5) AS runs_now
FROM
(
    SELECT
        if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
        if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
        if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
        agent_version AS version,
        countIf(at >= toDateTime({since:UInt32}, 'UTC')) AS n_now,
        countIf(at < toDateTime({since:UInt32}, 'UTC')) AS n_before,
        sumIf(value, at >= toDateTime({since:UInt32}, 'UTC')) AS sum_now,
        sumIf(value, at < toDateTime({since:UInt32}, 'UTC')) AS sum_before,
        sumIf(value * value, at >= toDateTime({since:UInt32}, 'UTC')) AS square_now,
        sumIf(value * value, at < toDateTime({since:UInt32}, 'UTC')) AS square_before,
        groupArrayIf(5)(run_id, at >= toDateTime({since:UInt32}, 'UTC')) AS runs
    FROM v_kpi_between(tenant = {tenant:String}, agent = {agent:String}, since = {before_time:String},
        until = {until_time:String}, days = 30, kind = 'outcome', name = {kpi:String}, combine = 'last')
    WHERE isFinite(value) AND NOT conflict AND units <= 1
        AND ({version:String} = '' OR agent_version = {version:String})
        AND ({environment:String} = '' OR environment = {environment:String})
    GROUP BY tenant, agent, environment_, version
)
GROUP BY tenant, agent, environment_
HAVING n > 0
