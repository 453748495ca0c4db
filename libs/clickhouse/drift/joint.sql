-- Runs of the window and of its reference by what they did in one dimension, beside release, prompt, model, tool, tenant,
-- source of data, error and environment: what rankCauses() weighs. The row with an empty dimension holds all runs, with
-- examples. A number's cell is half an octave (or a tenth of confidence).
WITH
    {dimension:String} AS dim,
    splitByChar(':', dim, 2)[2] AS part,
    seen AS
    (
        SELECT
            if(e.event_time >= {window_start:DateTime('UTC')}, 'current', 'reference') AS period,
            CAST(tenant_id, 'String') AS tenant,
            if(run_id = '', event_id, run_id) AS run,
            *,
            cityHash64(event_id) AS h,
            phase IN ('end', 'point') AS is_done,
            arrayFirst(v -> v.status != 'shadow', verdicts).rule_id AS live_rule
        FROM events AS e
        WHERE agent_id = {agent:String} AND ({tenant:String} = '' OR tenant_id = {tenant:String})
            AND ((e.event_time >= {reference_start:DateTime('UTC')} AND e.event_time < {reference_end:DateTime('UTC')})
                OR (e.event_time >= {window_start:DateTime('UTC')} AND e.event_time < {window_end:DateTime('UTC')}))
    ),
    runs AS
    (
        SELECT
            period, tenant, run,
            multiIf(
                dim = 'tool', argMinIf(CAST(s.tool_name, 'String'), h, is_done AND kind = 'tool_call'),
                dim = 'decision', argMinIf(concat(decision_type, '=', decision_chosen), h, decision_chosen != ''),
                dim = 'model', argMinIf(CAST(s.request_model, 'String'), h, is_done AND kind = 'model_call'),
                dim = 'prompt', argMinIf(concat(prompt_name, '@', s.prompt_version), h, prompt_name != ''),
                dim = 'failure_mode', argMinIf(CAST(s.failure_mode, 'String'), h, s.failure_mode != ''),
                dim = 'retrieval_source', argMinIf(s.retrieval_source, h, s.retrieval_source != ''),
                dim = 'handoff_to', argMinIf(s.handoff_to, h, s.handoff_to != ''),
                dim = 'violation', argMinIf(live_rule, h, live_rule != ''),
                dim = 'error_rate', if(max(status IN ('error', 'timeout', 'blocked', 'abandoned')
                    OR s.failure_mode != ''), 'yes', 'no'),
                dim = 'violation_rate', if(max(live_rule != ''), 'yes', 'no'),
                dim = 'confidence', if(countIf(NOT isNaN(s.confidence)) = 0, '',
                    toString(floor(argMinIf(s.confidence, h, NOT isNaN(s.confidence)) * 10))),
                '') AS named,
            multiIf(
                dim = 'latency_ns', maxIf(duration_ns, kind = 'agent_run' AND phase = 'end'),
                dim = 'input_tokens', sumIf(s.input_tokens, usage_scope = 'own'),
                dim = 'output_tokens', sumIf(s.output_tokens, usage_scope = 'own'),
                dim = 'cost_nano_usd', sumIf(s.cost_nano_usd, usage_scope = 'own'),
                dim = 'tool_calls', 1 + countIf(is_done AND kind = 'tool_call'),
                dim = 'model_calls', 1 + countIf(is_done AND kind = 'model_call'),
                dim = 'input_length', 1 + argMinIf(
                    lengthUTF8(substringUTF8(input, 1, 2000)), (start_time, h), input != ''),
                dim LIKE 'tool_latency_ns:%', argMinIf(duration_ns, h, is_done AND tool_name = part),
                dim LIKE 'model_latency_ns:%', argMinIf(duration_ns, h, is_done AND request_model = part),
                0) AS number,
            if(named != '', named, if(number > 0, toString(floor(log2(number) * 2)), '')) AS cell,
            argMinIf(CAST(s.agent_version, 'String'), h, s.agent_version != '') AS release,
            argMinIf(s.prompt_version, h, s.prompt_version != '') AS prompt,
            groupUniqArrayIf(CAST(request_model, 'String'), kind = 'model_call' AND request_model != '') AS models,
            groupUniqArrayIf(CAST(tool_name, 'String'), kind = 'tool_call' AND tool_name != '') AS tools,
            groupUniqArrayIf(s.retrieval_source, s.retrieval_source != '') AS sources,
            groupUniqArrayIf(CAST(error_type, 'String'), error_type != '') AS errors,
            argMin(CAST(s.environment, 'String'), h) AS place
        FROM seen AS s
        GROUP BY period, tenant, run
    )
SELECT
    period, c.1 AS dimension, c.2 AS value, cell, count() AS n,
    if(dimension = '' AND period = 'current', groupArraySorted(5)(run), []) AS examples
FROM runs
ARRAY JOIN arrayConcat(
    [('', '')],
    arrayFilter(x -> x.2 != '', [('agent_version', release), ('prompt_version', prompt), ('tenant', tenant),
        ('environment', place)]),
    arrayMap(x -> ('model', x), models), arrayMap(x -> ('tool', x), tools),
    arrayMap(x -> ('data_source', x), sources), arrayMap(x -> ('error_type', x), errors)) AS c
WHERE cell != ''
GROUP BY period, dimension, value, cell
