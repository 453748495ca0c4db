-- Who holds the right to run rounds: of the highest epoch the earliest claim, until its latest renewal. One row always,
-- for the server's clock; epoch 0 where nobody has ever claimed.
SELECT
    epoch, holder,
    dateDiff('millisecond', now64(3), until_max) AS left_ms,
    toUnixTimestamp64Milli(now64(3)) AS now_ms
FROM
(
    SELECT epoch, holder, min(taken_at) AS first_taken, max(until) AS until_max
    FROM sentinel_leases
    WHERE epoch = (SELECT max(epoch) FROM sentinel_leases)
    GROUP BY epoch, holder
    UNION ALL
    SELECT toUInt64(0), '', toDateTime64('2100-01-01 00:00:00', 6, 'UTC'), toDateTime64(0, 3, 'UTC')
)
ORDER BY epoch DESC, first_taken
LIMIT 1
