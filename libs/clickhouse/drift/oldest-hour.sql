-- The oldest filled hour of each tenant, in seconds: where the default of the pinned week begins.
SELECT CAST(tenant_id, 'String') AS tenant_id, toUnixTimestamp(min(hour)) AS hour_s
FROM drift_hours
GROUP BY tenant_id
