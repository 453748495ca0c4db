-- Of what arrived in a window: source offsets stored twice, and records whose predecessor is not the stored one. The
-- first record of each partition has its predecessor before the window and is left out.
SELECT sum(doubled) AS doubled_sum, sum(broken) AS broken_sum, sum(records) AS records_sum
FROM
(
    SELECT
        source_partition, generation,
        count() - uniqExact(source_offset) AS doubled,
        countIf(source_offset != before AND before >= 0 AND previous_source_offset != before) AS broken,
        count() AS records
    FROM
    (
        SELECT
            source_partition, generation, source_offset, previous_source_offset,
            lagInFrame(source_offset, 1, toInt64(-1)) OVER (
                PARTITION BY generation, source_partition ORDER BY source_offset
                ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
        FROM
        (
            SELECT source_partition, generation, source_offset, previous_source_offset FROM events
            WHERE ingested_at >= toDateTime({since:UInt32}, 'UTC') AND ingested_at < toDateTime({until:UInt32}, 'UTC')
            UNION ALL
            SELECT source_partition, generation, source_offset, previous_source_offset FROM dead_letters
            WHERE ingested_at >= toDateTime({since:UInt32}, 'UTC') AND ingested_at < toDateTime({until:UInt32}, 'UTC')
        )
    )
    GROUP BY source_partition, generation
)
