-- Silences that are not over.
SELECT
    id, match, toUnixTimestamp64Milli(starts_at) AS starts_ms, toUnixTimestamp64Milli(ends_at) AS ends_ms, by, comment,
    toUnixTimestamp64Milli(created_at) AS created_ms
FROM (SELECT * FROM alert_silences ORDER BY revision DESC LIMIT 1 BY id)
WHERE ends_at > toDateTime({now:UInt32}, 'UTC')
ORDER BY created_at
