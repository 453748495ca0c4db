-- Who was active, and how many tests a round asks: agents with their filled hours' runs, per dimension.
-- tests counts the windows (1, 4 and 24 hours) that have enough runs of their own and behind them.
WITH current AS (SELECT tenant_id, hour, max(revision) AS revision FROM drift_hours
    WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} GROUP BY tenant_id, hour)
SELECT agent_id, tenant_id, sum(runs_1h >= floor_current AND behind >= floor_reference)
    + sum(runs_4h >= floor_current AND behind >= floor_reference)
    + sum(runs_24h >= floor_current AND behind >= floor_reference) AS tests
FROM
(
    SELECT
        CAST(agent_id, 'String') AS agent_id, CAST(tenant_id, 'String') AS tenant_id, dimension,
        {floor_current:UInt32} AS floor_current, {floor_reference:UInt32} AS floor_reference,
        sumIf(o.n, hour >= {until:DateTime('UTC')} - INTERVAL 1 HOUR) AS runs_1h,
        sumIf(o.n, hour >= {until:DateTime('UTC')} - INTERVAL 4 HOUR) AS runs_4h,
        sumIf(o.n, hour >= {until:DateTime('UTC')} - INTERVAL 24 HOUR) AS runs_24h,
        sumIf(o.n, hour < {until:DateTime('UTC')} - INTERVAL 24 HOUR) AS behind
    FROM observations_1h AS o
    WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}
        AND (tenant_id, hour, revision) IN (SELECT tenant_id, hour, revision FROM current)
    GROUP BY agent_id, tenant_id, dimension
)
GROUP BY agent_id, tenant_id
ORDER BY agent_id, tenant_id
