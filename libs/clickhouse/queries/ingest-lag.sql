-- How long do events take from the producer to Kafka? By the two clocks, of events that happened in the range.
SELECT
    toStartOfInterval(e.event_time, toIntervalSecond({step_seconds:UInt32})) AS time,
    count() AS events,
    quantiles(0.5, 0.95, 0.99)(greatest(ingest_lag_us, 0)) AS lags,
    round(lags[1] / 1e3, 3) AS p50_ms,
    round(lags[2] / 1e3, 3) AS p95_ms,
    round(lags[3] / 1e3, 3) AS p99_ms,
    round(max(greatest(ingest_lag_us, 0)) / 1e3, 3) AS max_ms,
    countIf(ingest_lag_us > 3600000000) AS late,
    countIf(ingest_lag_us < 0) AS ahead
FROM events AS e
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND event_time >= {since:DateTime('UTC')} AND event_time < {until:DateTime('UTC')}
GROUP BY time
ORDER BY time
LIMIT {limit:UInt32}
