-- How late the data are: p99 of ingested_at minus event_time over what came in the last window_s seconds, in
-- milliseconds. By bucket of event_time and day of arrival, so that an import of old traces does not count as lag.
SELECT if(sum(n) = 0, 0, exp2((quantileExactWeighted(0.99)(hb, n) + 0.5) / 16) / 1e3) AS lag_ms
FROM hist_5m
WHERE metric = 'ingest_lag_us'
    AND bucket >= toStartOfFiveMinutes(toDateTime({now:UInt32}, 'UTC') - {window_s:UInt32})
    AND bucket <= toDateTime({now:UInt32}, 'UTC')
