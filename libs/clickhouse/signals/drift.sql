-- Newest results of the drift watch: per tenant, agent and dimension the worst of its methods and references.
SELECT
    tenant_id AS tenant,
    agent_id AS agent,
    dimension,
    max(indexOf(['insufficient_data', 'ok', 'warn', 'alert'], CAST(state, 'String'))) - 1 AS state_rank,
    argMax((effect, threshold, toUInt64(n_current), CAST(words, 'String'), CAST(agent_version, 'String'),
            arrayMap(c -> concat(c.1, ' ', c.2, ' explains ', toString(round(c.3 * 100)), ' %'), causes), example_runs),
        (indexOf(['insufficient_data', 'ok', 'warn', 'alert'], CAST(state, 'String')), effect)) AS found
FROM v_drift
WHERE computed_at >= toDateTime({since:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND (empty({dimensions:Array(String)}) OR has({dimensions:Array(String)}, CAST(dimension, 'String')))
GROUP BY tenant, agent, dimension
