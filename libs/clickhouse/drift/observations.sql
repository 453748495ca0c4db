-- The hours of some agents: per dimension, release and value the hours (in seconds) and the runs of each.
WITH current AS (SELECT tenant_id, hour, max(revision) AS revision FROM drift_hours
    WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')} GROUP BY tenant_id, hour)
SELECT
    tenant_id, agent_id, dimension, agent_version, value, hb,
    groupArray(toUnixTimestamp(hour)) AS hours, groupArray(n) AS runs
FROM
(
    SELECT
        CAST(tenant_id, 'String') AS tenant_id, CAST(agent_id, 'String') AS agent_id,
        CAST(dimension, 'String') AS dimension, CAST(agent_version, 'String') AS agent_version, value, hb, hour,
        sum(o.n) AS n
    FROM observations_1h AS o
    WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}
        AND agent_id IN {agents:Array(String)}
        AND (tenant_id, hour, revision) IN (SELECT tenant_id, hour, revision FROM current)
    GROUP BY tenant_id, agent_id, dimension, agent_version, value, hb, hour
)
GROUP BY tenant_id, agent_id, dimension, agent_version, value, hb
