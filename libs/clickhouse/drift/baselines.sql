-- What people set: accepted changes and pinned weeks, the newest per agent and dimension.
SELECT
    CAST(tenant_id, 'String') AS tenant_id, CAST(agent_id, 'String') AS agent_id,
    CAST(dimension, 'String') AS dimension,
    toUnixTimestamp(argMax(accepted_at, set_at)) AS accepted_s,
    toUnixTimestamp(argMax(pinned_start, set_at)) AS pinned_start_s,
    toUnixTimestamp(argMax(pinned_end, set_at)) AS pinned_end_s
FROM drift_baselines
GROUP BY tenant_id, agent_id, dimension
