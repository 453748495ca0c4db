-- A KPI of two releases of one agent, day by day: what the sequential comparison is fed with
-- (@agentspine/estimate/kpi-answer). Versions are compared over the same days; one row per version and day.
SELECT
    toStartOfDay(at) AS bucket,
    agent_version AS version,
    count() AS n,
    uniqExact(run_id) AS runs,
    avg(x) AS mean,
    if(n > 1, varSampStable(x), nan) AS variance,
    groupUniqArray(3)(unit) AS units
FROM
(
    SELECT
        at, run_id, CAST(agent_version, 'String') AS agent_version,
        if({measure:String} = 'value', CAST(unit, 'String'), '') AS unit,
        multiIf(
            {measure:String} = 'success', if(success < 0, nan, toFloat64(success)),
            {measure:String} = 'count', 1,
            value) AS x
    FROM v_kpi_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, days = {days:UInt16}, kind = {kind:String}, name = {name:String},
        combine = {combine:String})
    WHERE NOT conflict AND units <= 1
        AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, CAST(environment, 'String')))
)
WHERE isFinite(x) AND (version = {baseline:String} OR version = {candidate:String})
GROUP BY bucket, version
ORDER BY bucket, version
LIMIT {limit:UInt32}
