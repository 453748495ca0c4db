-- Windows that were found to differ from the week before, by their newest conclusion: no hour of them becomes usual.
SELECT tenant_id, agent_id, dimension, toUnixTimestamp(window_start) AS start_s, toUnixTimestamp(window_end) AS end_s
FROM
(
    SELECT
        CAST(tenant_id, 'String') AS tenant_id, CAST(agent_id, 'String') AS agent_id,
        CAST(dimension, 'String') AS dimension, window_end,
        argMax(window_start, computed_at) AS window_start, argMax(state, computed_at) AS state
    FROM drift_results
    WHERE reference = 'trailing' AND method IN ('category', 'number')
        AND window_end > {since:DateTime('UTC')} AND window_end < {until:DateTime('UTC')}
    GROUP BY tenant_id, agent_id, dimension, window_end
)
WHERE state IN ('warn', 'alert')
