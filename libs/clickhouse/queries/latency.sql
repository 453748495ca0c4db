-- How long do operations take, by agent and operation, over any range? From hist_5m; at most 2.2 % off.
SELECT
    agent_id, kind, subject, sum(h.n) AS operations,
    round(exp2((quantileExactWeighted(0.5)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p50_ms,
    round(exp2((quantileExactWeighted(0.95)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p95_ms,
    round(exp2((quantileExactWeighted(0.99)(hb, h.n) + 0.5) / 16) / 1e6, 3) AS p99_ms
FROM hist_5m AS h
WHERE metric = 'duration_ns'
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
GROUP BY agent_id, kind, subject
ORDER BY operations DESC, agent_id, kind, subject
LIMIT {limit:UInt32}
