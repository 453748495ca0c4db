-- What each run of the given hours did, one observation per run and dimension, counted.
-- Where a run did something several times, the operation with the smallest hash of its event_id stands for it: chosen
-- by chance, the same in every repetition. Shares of operations would count talkative runs many times over.
INSERT INTO observations_1h (hour, tenant_id, agent_id, agent_version, dimension, value, hb, n, revision)
WITH
    due AS
    (
        SELECT p.1 AS tenant, p.2 AS hour
        FROM (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {hours:Array(DateTime('UTC'))})) AS p)
    ),
    wanted AS
    (
        SELECT
            *, toStartOfHour(e.event_time) AS hour, if(run_id = '', event_id, run_id) AS run, cityHash64(event_id) AS h,
            phase IN ('end', 'point') AS is_done,
            arrayFirst(v -> v.status != 'shadow', verdicts).rule_id AS live_rule
        FROM events AS e
        WHERE e.event_time >= {since:DateTime('UTC')} AND e.event_time < {until:DateTime('UTC')}
            AND agent_id != '' AND (tenant_id, toStartOfHour(e.event_time)) IN (SELECT tenant, hour FROM due)
    ),
    runs AS
    (
        SELECT
            hour, tenant_id, agent_id, run,
            argMinIf(CAST(w.agent_version, 'String'), h, w.agent_version != '') AS agent_version,
            argMinIf(CAST(tool_name, 'String'), h, is_done AND kind = 'tool_call') AS tool,
            argMinIf(concat(decision_type, '=', decision_chosen), h, decision_chosen != '') AS decision,
            argMinIf(CAST(request_model, 'String'), h, is_done AND kind = 'model_call') AS model,
            argMinIf(concat(prompt_name, '@', prompt_version), h, prompt_name != '') AS prompt,
            argMinIf(CAST(w.failure_mode, 'String'), h, w.failure_mode != '') AS failure_mode,
            argMinIf(w.retrieval_source, h, w.retrieval_source != '') AS retrieval_source,
            argMinIf(w.handoff_to, h, w.handoff_to != '') AS handoff_to,
            argMinIf(live_rule, h, live_rule != '') AS violation,
            max(status IN ('error', 'timeout', 'blocked', 'abandoned') OR w.failure_mode != '') AS any_error,
            maxIf(duration_ns, kind = 'agent_run' AND phase = 'end') AS latency_ns,
            sumIf(w.input_tokens, usage_scope = 'own') AS input_tokens,
            sumIf(w.output_tokens, usage_scope = 'own') AS output_tokens,
            sumIf(w.cost_nano_usd, usage_scope = 'own') AS cost_nano_usd,
            argMinIf(w.confidence, h, NOT isNaN(w.confidence)) AS confidence,
            countIf(NOT isNaN(w.confidence)) AS confident,
            countIf(is_done AND kind = 'tool_call') AS tool_calls,
            countIf(is_done AND kind = 'model_call') AS model_calls,
            argMinIf(substringUTF8(input, 1, 2000), (start_time, h), input != '') AS said
        FROM wanted AS w
        GROUP BY hour, tenant_id, agent_id, run
    ),
    worded AS
    (
        SELECT *, splitByNonAlpha(lowerUTF8(said)) AS words FROM runs
    )
SELECT
    hour, tenant_id, agent_id, agent_version, o.1 AS dimension, o.2 AS value, toInt16(greatest(o.3, 0)) AS hb,
    count() AS n, {revision:UInt32} AS revision
FROM
(
    SELECT hour, tenant_id, agent_id, agent_version, [
        ('tool', tool, -1.), ('decision', decision, -1.), ('model', model, -1.), ('prompt', prompt, -1.),
        ('failure_mode', failure_mode, -1.), ('retrieval_source', retrieval_source, -1.),
        ('handoff_to', handoff_to, -1.), ('violation', violation, -1.),
        ('error_rate', if(any_error, 'yes', 'no'), -1.),
        ('violation_rate', if(violation != '', 'yes', 'no'), -1.),
        ('latency_ns', '', if(latency_ns > 0, floor(log2(latency_ns) * 16), -1)),
        ('input_tokens', '', if(input_tokens > 0, floor(log2(input_tokens) * 16), -1)),
        ('output_tokens', '', if(output_tokens > 0, floor(log2(output_tokens) * 16), -1)),
        ('cost_nano_usd', '', if(cost_nano_usd > 0, floor(log2(cost_nano_usd) * 16), -1)),
        ('confidence', '', if(confident > 0, floor(least(greatest(confidence, 0), 0.999) * 20), -1)),
        ('tool_calls', '', floor(log2(1 + tool_calls) * 16)),
        ('model_calls', '', floor(log2(1 + model_calls) * 16)),
        ('input_length', '', if(said != '', floor(log2(1 + lengthUTF8(said)) * 16), -1)),
        ('input_language', multiIf(
            said = '', '',
            match(said, '^\\s*[\\{\\[]'), 'json',
            match(said, '\\p{Hiragana}|\\p{Katakana}'), 'ja',
            match(said, '\\p{Han}'), 'zh',
            match(said, '\\p{Hangul}'), 'ko',
            match(said, '\\p{Cyrillic}'), 'cyrillic',
            match(said, '\\p{Arabic}'), 'arabic',
            match(said, '\\p{Devanagari}'), 'devanagari',
            arrayMax(counts) = 0, 'latin',
            arrayElement(['en', 'de', 'fr', 'es', 'it', 'nl', 'pt'], indexOf(counts, arrayMax(counts)))), -1.),
        ('input_topic', if(empty(topical), '',
            concat('t', toString(arrayMin(arrayMap(w -> cityHash64(w), topical)) % 8))), -1.)] AS all
    FROM
    (
        SELECT
            *,
            arrayMap(common -> arrayCount(w -> has(common, w), words), [
                ['the', 'and', 'is', 'to', 'of', 'my', 'for', 'what', 'please', 'not'],
                ['der', 'die', 'das', 'und', 'ist', 'nicht', 'ich', 'mein', 'bitte', 'wie'],
                ['le', 'les', 'et', 'est', 'une', 'je', 'mon', 'pas', 'vous', 'des'],
                ['el', 'los', 'las', 'es', 'una', 'mi', 'por', 'que', 'hola', 'no'],
                ['il', 'gli', 'che', 'sono', 'una', 'mio', 'per', 'non', 'di', 'ciao'],
                ['het', 'een', 'van', 'ik', 'mijn', 'niet', 'en', 'dat', 'graag', 'hoe'],
                ['os', 'um', 'uma', 'meu', 'minha', 'não', 'para', 'com', 'eu', 'você']]) AS counts,
            arrayFilter(w -> length(w) >= 5 AND match(w, '^[a-z]+$'), arraySlice(words, 1, 200)) AS topical
        FROM worded
    )
    UNION ALL
    SELECT hour, tenant_id, agent_id, argMinIf(CAST(w.agent_version, 'String'), h, w.agent_version != ''),
        [(concat(if(kind = 'tool_call', 'tool', 'model'), '_latency_ns:',
            if(kind = 'tool_call', CAST(tool_name, 'String'), CAST(request_model, 'String')) AS subject), '',
            floor(log2(argMin(duration_ns, h)) * 16))] AS all
    FROM wanted AS w
    WHERE is_done AND kind IN ('tool_call', 'model_call') AND duration_ns > 0
    GROUP BY hour, tenant_id, agent_id, run, kind, subject
    HAVING subject != ''
)
ARRAY JOIN arrayFilter(x -> x.2 != '' OR x.3 >= 0, all) AS o
GROUP BY hour, tenant_id, agent_id, agent_version, dimension, value, hb
