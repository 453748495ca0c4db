-- What do agents and models cost? Own usage only, from stats_5m.
SELECT
    agent_id, if(kind = 'model_call', CAST(subject, 'String'), '') AS model,
    sum(s.operations) AS calls,
    sum(s.input_tokens) AS input_tokens,
    sum(s.output_tokens) AS output_tokens,
    sum(s.cache_read_tokens) AS cache_read_tokens,
    round(sum(s.cost_nano_usd) / 1e9, 9) AS cost_usd
FROM stats_5m AS s
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
GROUP BY agent_id, model
HAVING input_tokens > 0 OR output_tokens > 0 OR cost_usd > 0
ORDER BY cost_usd DESC, input_tokens DESC, agent_id, model
LIMIT {limit:UInt32}
