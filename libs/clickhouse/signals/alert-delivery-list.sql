-- What was told to whom, newest first.
SELECT
    receiver, action, state, attempts, title, error, incident,
    toUnixTimestamp64Milli(created_at) AS created_ms, toUnixTimestamp64Milli(updated_at) AS updated_ms
FROM v_alert_deliveries
WHERE created_at >= toDateTime({since:UInt32}, 'UTC')
ORDER BY created_at DESC, sequence DESC
LIMIT {limit:UInt32}
