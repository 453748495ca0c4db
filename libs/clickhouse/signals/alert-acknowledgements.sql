-- Acknowledgements of late, the newest of each incident.
SELECT alert_key, toUnixTimestamp64Milli(pending_at) AS pending_ms, by, comment, toUnixTimestamp64Milli(at) AS at_ms
FROM (SELECT * FROM alert_acknowledgements ORDER BY revision DESC LIMIT 1 BY alert_key, pending_at)
WHERE at >= toDateTime({since:UInt32}, 'UTC')
