-- What was for nothing? Retries, loops and repeated context per agent and operation; v_waste says what counts as which.
SELECT
    waste, w.agent_id AS agent_id, kind, subject,
    sum(w.n) AS n,
    sum(w.runs) AS runs,
    sum(w.tokens) AS tokens,
    round(sum(w.cost_usd), 9) AS cost_usd,
    round(sum(w.time_ms), 3) AS time_ms,
    round(if(any(a.cost_usd) > 0, least(sum(w.cost_usd) / any(a.cost_usd), 1), 0), 4) AS cost_share,
    argMax(w.last_run_id, w.n) AS last_run_id
FROM v_waste(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}) AS w
LEFT JOIN
(
    SELECT agent_id, sum(s.cost_nano_usd) / 1e9 AS cost_usd
    FROM stats_5m AS s
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
        AND bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
    GROUP BY agent_id
) AS a ON a.agent_id = w.agent_id
WHERE ({tenant:String} = '' OR w.tenant_id = {tenant:String}) AND ({agent:String} = '' OR w.agent_id = {agent:String})
GROUP BY waste, agent_id, kind, subject
ORDER BY cost_usd DESC, n DESC, waste, agent_id, kind, subject
LIMIT {limit:UInt32}
