-- Hours that are over and not filled, or filled before late events came; the oldest first.
SELECT tenant_id, toUnixTimestamp(hour) AS hour_s, s.events AS events
FROM
(
    SELECT CAST(tenant_id, 'String') AS tenant_id, toStartOfHour(bucket) AS hour, sum(t.events) AS events
    FROM stats_5m AS t
    WHERE bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
    GROUP BY tenant_id, hour
) AS s
LEFT JOIN
(
    SELECT CAST(tenant_id, 'String') AS tenant_id, hour, argMax(h.events, h.revision) AS known
    FROM drift_hours AS h
    WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}
    GROUP BY tenant_id, hour
) AS d USING (tenant_id, hour)
WHERE s.events != d.known
ORDER BY hour, tenant_id
LIMIT {limit:UInt32}
