-- What did a KPI come to, by agent and slice? One row per tenant, agent, slice value, bucket and unit. by:
-- agent_version, policy_bundle, model, environment, prompt_version, decision_type, decision_chosen or all (no slice).
-- step: day or ''. measure: value, success (1 or 0) or count. values holds them all where n <= 512, for a bootstrap.
-- model: of the decision, else the one that wrote most tokens in the run.
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
),
measured AS
(
    SELECT
        k.tenant_id AS tenant_id, k.agent_id AS agent_id, k.at AS at, k.run_id AS run_id, k.unit AS unit,
        k.units AS units, k.attributed AS attributed, k.success AS success, k.conflict AS conflict,
        multiIf(
            {measure:String} = 'success', if(k.success < 0, nan, toFloat64(k.success)),
            {measure:String} = 'count', 1,
            k.value) AS x,
        multiIf(
            {by:String} = 'agent_version', CAST(k.agent_version, 'String'),
            {by:String} = 'policy_bundle', CAST(k.policy_bundle, 'String'),
            {by:String} = 'environment', CAST(k.environment, 'String'),
            {by:String} = 'prompt_version', CAST(k.prompt_version, 'String'),
            {by:String} = 'decision_type', CAST(k.decision_type, 'String'),
            {by:String} = 'decision_chosen', CAST(k.decision_chosen, 'String'),
            {by:String} = 'model', if(k.model = '', m.model, CAST(k.model, 'String')),
            '') AS slice
    FROM v_kpi_between(tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, days = {days:UInt16}, kind = {kind:String}, name = {name:String},
        combine = {combine:String}) AS k
    LEFT JOIN models AS m ON k.tenant_id = m.tenant_id AND k.run_id = m.run_id
    WHERE empty({environments:Array(String)}) OR has({environments:Array(String)}, CAST(k.environment, 'String'))
)
SELECT
    tenant_id, agent_id, slice,
    if({step:String} = 'day', toStartOfDay(at), toDateTime({since:DateTime('UTC')}, 'UTC')) AS bucket,
    if({measure:String} = 'value', CAST(unit, 'String'), '') AS unit,
    countIf(is_sound) AS n,
    uniqExactIf(run_id, is_sound) AS runs,
    sumIf(x, is_sound) AS total,
    avgIf(x, is_sound) AS mean,
    if(n > 1, varSampStableIf(x, is_sound), nan) AS variance,
    if(n > 0, minIf(x, is_sound), nan) AS least,
    if(n > 0, maxIf(x, is_sound), nan) AS most,
    arraySort(groupArrayIf(512)(x, is_sound)) AS values,
    countIf(conflict OR units > 1) AS conflicts,
    countIf(isNaN(x) AND NOT (conflict OR units > 1)) AS without_value,
    countIf(m.success = 1) AS successes,
    countIf(m.success = 0) AS failures,
    countIf(attributed = 'decision') AS by_decision,
    countIf(attributed = 'run') AS by_run,
    countIf(attributed = 'none') AS by_none
FROM
(
    SELECT *, isFinite(x) AND NOT conflict AND units <= 1 AS is_sound
    FROM measured
) AS m
GROUP BY tenant_id, agent_id, slice, bucket, unit
ORDER BY tenant_id, agent_id, slice, bucket, unit
LIMIT {limit:UInt32}
