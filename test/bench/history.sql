-- A slice of a made-up fleet's history, for the benchmark of questions: 1,000 agents of 12 tenants, some busy and most
-- not, eight events a run: start, model, tool, retrieval or hand-off, tool or second try, decision, what came of it, end.
-- The same seed and place give the same rows, so that a slice that was cut off can be inserted again under its token.
-- day: the day; of_day: runs of a day; first: number of the slice's first run of all; runs: how many; seed.
INSERT INTO events
(
    source_offset, previous_source_offset, source_partition, fate, generation, ingested_at, schema_id, policy_bundle,
    event_id, tenant_id, kind, phase, event_time, start_time, duration_ns, ingest_lag_us, seq, trace_id, span_id,
    parent_span_id, run_id, conversation_id, attempt, agent_id, agent_name, agent_version, prompt_name, prompt_version,
    team, criticality, actor_id, service, environment, name, status, error_type, failure_mode, input, output,
    request_model, response_model, finish_reasons, ttft_ns, input_tokens, output_tokens, cache_read_tokens, usage_scope,
    cost_nano_usd, cost_source, tool_name, tool_effect, retrieval_source, retrieval_documents, decision_id,
    decision_type, decision_chosen, confidence, confidence_kind, propensity, alternatives, evaluation_name,
    evaluation_score, evaluation_target_type, evaluation_target_id, handoff_from, handoff_to, handoff_mode,
    feedback_type, feedback_decision, feedback_target_id, outcome_kpi, outcome_value, outcome_unit, outcome_success,
    outcome_decision_id, data_context, redactions, verdicts
)
SETTINGS
    insert_deduplication_token = {token:String}, async_insert = 0,
    deduplicate_blocks_in_dependent_materialized_views = 1,
    max_insert_block_size = 1048449, min_insert_block_size_rows = 1048449, min_insert_block_size_bytes = 2000000000,
    max_threads = 1, max_block_size = 1048449
WITH
    {first:UInt64} * 8 + number AS n, intDiv(n, 8) AS run, toUInt8(n % 8) AS place, {seed:UInt64} AS seed,
    cityHash64(seed, run, 1) AS of_run, cityHash64(seed, n, 2) AS of_event, cityHash64(seed, n, 3) AS of_length,
    toUInt32(floor(pow((of_run % 1000003) / 1000003, 2.5) * 1000)) AS agent,
    concat('tenant-', leftPad(toString(agent % 12), 2, '0')) AS tenant,
    concat('agent-', leftPad(toString(agent), 4, '0')) AS agent_name,
    -- Log-normal lengths: a Box-Muller normal out of two hashes.
    sqrt(-2 * log((of_event % 999983 + 1) / 999984)) * cos(2 * pi() * (of_length % 999979) / 999979) AS normal,
    toInt64(exp(13.2 + 0.7 * normal)) AS length_us,
    toInt64(toUnixTimestamp({day:Date})) * 1000000
        + intDiv(toInt64((run - {first_of_day:UInt64}) * 86400000000), toInt64({of_day:UInt64})) AS began_us,
    began_us + if(place = 0, 0, (place - 1) * 1500000 + length_us) AS at_us,
    multiIf(place IN (0, 7), 'agent_run', place = 1, 'model_call', place = 2, 'tool_call',
        place = 3, if(of_run % 20 = 0, 'handoff', 'retrieval'),
        place = 4, if(of_run % 3 = 0, 'model_call', 'tool_call'),
        place = 5, 'decision', ['outcome', 'outcome', 'feedback', 'evaluation'][of_run % 4 + 1]) AS what,
    what = 'model_call' AS is_model, what = 'tool_call' AS is_tool, what = 'decision' AS is_decision,
    is_tool AND of_event % 33 = 0 OR is_model AND of_event % 150 = 0 AS is_failed,
    concat('decision-', toString(run)) AS decision,
    toInt64(if(is_model, 400 + of_event % 3000 + place * 500, 0)) AS tokens_in,
    toInt64(if(is_model, 50 + of_length % 800, 0)) AS tokens_out,
    ['what is the state of my order and when will it arrive', 'please refund the second item, it came broken',
        'summarise the claim and check the policy', 'restart the service if latency stays above the limit',
        'which invoices are open for this customer', 'draft an answer in the language of the customer'] AS phrases,
    if(is_model OR is_tool,
        arrayStringConcat(arrayMap(i -> phrases[cityHash64(of_event, i) % 6 + 1], range(4)), '; '), '') AS body
SELECT
    toInt64(n), toInt64(n) - 1, 0, 'row', 1, fromUnixTimestamp64Micro(at_us + 200000 + of_event % 900000, 'UTC'), 1,
    'bundle-1',
    lower(hex(sipHash128(seed, n))), tenant, what, multiIf(place = 0, 'start', place IN (5, 6), 'point', 'end'),
    fromUnixTimestamp64Micro(at_us, 'UTC'),
    fromUnixTimestamp64Micro(multiIf(place IN (0, 5, 6), at_us, place = 7, began_us, at_us - length_us), 'UTC'),
    multiIf(place IN (0, 5, 6), 0, place = 7, (at_us - began_us) * 1000, length_us * 1000), 200000 + of_event % 900000,
    place, lower(hex(sipHash128(seed, run))), lower(hex(cityHash64(seed, run, if(place = 7, 0, place)))),
    if(place IN (0, 7), '', lower(hex(cityHash64(seed, run, 0)))), concat('run-', lower(hex(of_run))),
    concat('conversation-', toString(intDiv(run, 3))), if(place = 4 AND is_tool AND of_run % 25 = 0, 2, 1),
    agent_name, agent_name, if(run % 10 < 8, '1.0.0', '1.1.0'), 'main', toString(agent % 3),
    concat('team-', toString(agent % 20)), ['low', 'medium', 'high', 'critical'][agent % 4 + 1],
    concat('user-', toString(of_run % 50000)), 'bench', if(agent % 5 = 0, 'staging', 'prod'),
    if(place = 3 AND what = 'handoff', 'hand-off', if(is_decision, 'decide', what)),
    if(is_failed, 'error', 'ok'), if(is_failed, ['Timeout', 'HTTPError', 'ValueError'][of_length % 3 + 1], ''),
    if(is_failed, ['timeout', 'upstream_error', 'bad_arguments'][of_length % 3 + 1], ''), body, body,
    if(is_model, ['large-1', 'small-1', 'small-2'][agent % 3 + 1], ''), '', if(is_model, ['stop'], []),
    if(is_model, intDiv(length_us, 4) * 1000, 0), tokens_in, tokens_out, if(of_event % 2 = 0, intDiv(tokens_in, 3), 0),
    'own', tokens_in * 300 + tokens_out * 1500, if(is_model, 'price_table', ''),
    if(is_tool, concat('tool-', toString((of_event % 12) * (of_event % 5))), ''), if(is_tool, 'read', ''),
    if(what = 'retrieval', concat('kb-', toString(agent % 40)), ''),
    if(what = 'retrieval', [(concat('doc-', toString(of_event % 5000)), 0.8, '1')], []), if(is_decision, decision, ''),
    if(is_decision, 'refund', ''), if(is_decision, ['approve', 'deny', 'escalate'][of_event % 3 + 1], ''),
    if(is_decision, 0.5 + (of_event % 500) / 1000, nan), if(is_decision, 'self_reported', ''),
    if(is_decision, 0.5, nan), if(is_decision, [('approve', 0.6, 0.5), ('deny', 0.4, 0.5)], []),
    if(what = 'evaluation', 'correctness', ''), if(what = 'evaluation', (of_event % 100) / 100, nan),
    if(what = 'evaluation', 'decision', ''), if(what = 'evaluation', decision, ''),
    if(what = 'handoff', agent_name, ''),
    if(what = 'handoff', concat('agent-', leftPad(toString(of_event % 40), 4, '0')), ''),
    if(what = 'handoff', 'pass_control', ''), if(what = 'feedback', 'override', ''),
    if(what = 'feedback', ['approve', 'deny'][of_event % 2 + 1], ''), if(what = 'feedback', decision, ''),
    if(what = 'outcome', 'resolution', ''), if(what = 'outcome', toFloat64(of_event % 100), nan),
    if(what = 'outcome', 'count', ''), if(what = 'outcome', toInt32(of_event % 10 > 2), -1),
    if(what = 'outcome', decision, ''),
    if(what = 'retrieval', [(concat('urn:kb:', toString(agent % 40)), 'input', '1', 'internal', [])], []),
    if(is_model AND of_event % 7 = 0, map('email', 1), map()),
    if(of_event % 60 = 0, [(concat('RULE-', leftPad(toString(of_event % 21), 3, '0')), 1,
        ['low', 'medium', 'high', 'critical'][of_event % 4 + 1], if(of_event % 3 = 0, 'shadow', 'monitor'), 'flag',
        'it matched')], [])
FROM numbers({runs:UInt64} * 8)
