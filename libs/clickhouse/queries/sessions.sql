-- How did sessions go: all runs of one conversation together? From trace_index, newest first.
SELECT
    tenant_id, conversation_id, min(r.started_at) AS started_at, max(r.ended_at) AS ended_at,
    round((toUnixTimestamp64Micro(max(r.ended_at)) - toUnixTimestamp64Micro(min(r.started_at))) / 1e3, 3)
        AS duration_ms,
    count() AS runs,
    countIf(r.status = '') AS open_runs,
    arraySort(groupUniqArray(20)(r.agent_id)) AS agents,
    sum(r.events) AS events, sum(r.errors) AS errors, sum(r.tool_calls) AS tool_calls, sum(r.decisions) AS decisions,
    sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens,
    round(sum(r.cost_nano_usd) / 1e9, 9) AS cost_usd,
    sum(r.violations) AS violations,
    multiIf(sum(r.outcomes) = 0, 'unknown', sum(r.successes) = sum(r.outcomes), 'success', 'failure') AS outcome
FROM
(
    SELECT
        tenant_id, run_id, max(t.conversation_id) AS conversation_id, min(t.first_time) AS started_at,
        max(t.last_time) AS ended_at, max(t.run_status) AS status, max(t.agent_id) AS agent_id,
        sum(t.events) AS events, sum(t.errors) AS errors, sum(t.tool_calls) AS tool_calls,
        sum(t.decisions) AS decisions, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens,
        sum(t.cost_nano_usd) AS cost_nano_usd, sum(t.violations) AS violations, sum(t.outcomes) AS outcomes,
        sum(t.successes) AS successes
    FROM trace_index AS t
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND (tenant_id, t.conversation_id) IN
        (
            SELECT tenant_id, conversation_id FROM trace_index
            WHERE conversation_id != '' AND ({tenant:String} = '' OR tenant_id = {tenant:String})
                AND ({agent:String} = '' OR agent_id = {agent:String})
                AND last_time >= {since:DateTime('UTC')} AND first_time < {until:DateTime('UTC')}
        )
    GROUP BY tenant_id, run_id
) AS r
GROUP BY tenant_id, conversation_id
HAVING min(r.started_at) >= {since:DateTime('UTC')} AND min(r.started_at) < {until:DateTime('UTC')}
ORDER BY started_at DESC, tenant_id, conversation_id
LIMIT {limit:UInt32}
