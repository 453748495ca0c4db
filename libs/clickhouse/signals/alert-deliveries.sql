-- Of each receiver and group the newest delivery, and all that are not settled.
SELECT
    receiver, group_key, incident, sequence, delivery_id, action, state, attempts,
    toUnixTimestamp64Milli(due_at) AS due_ms, toUnixTimestamp64Milli(created_at) AS created_ms,
    toUnixTimestamp64Milli(updated_at) AS updated_ms, error, members, notification, revision, is_newest
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY receiver, group_key ORDER BY created_at DESC, sequence DESC) = 1 AS is_newest
    FROM
    (
        SELECT * FROM alert_deliveries
        WHERE updated_at >= toDateTime({since:UInt32}, 'UTC')
        ORDER BY revision DESC
        LIMIT 1 BY receiver, group_key, incident, sequence
    )
)
WHERE is_newest OR state IN ('waiting', 'sending')
ORDER BY created_at, sequence
