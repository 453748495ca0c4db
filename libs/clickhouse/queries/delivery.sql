-- The chain of fates per partition, as stored: every record names its predecessor, so a missing, doubled or moved one
-- shows without looking at Kafka. before is the next lower stored offset, -1 for the first.
--   doubled: the same offset stored more than once (as rows, as dead letters, or as both).
--   breaks:  [before, previous, offset] where previous is not before; at most 100, in order.
WITH fates AS
(
    SELECT source_partition, source_offset, previous_source_offset, true AS is_row
    FROM events WHERE generation = {generation:Int32}
    UNION ALL
    SELECT source_partition, source_offset, previous_source_offset, false AS is_row
    FROM dead_letters WHERE generation = {generation:Int32}
),
offsets AS
(
    -- One row per offset; where repeats disagree about the predecessor, both ends of the disagreement are kept.
    SELECT
        source_partition, source_offset, min(previous_source_offset) AS previous,
        max(previous_source_offset) AS other, countIf(is_row) AS stored_rows, countIf(NOT is_row) AS stored_dead_letters
    FROM fates
    GROUP BY source_partition, source_offset
),
chain AS
(
    SELECT
        *,
        lagInFrame(source_offset, 1, toInt64(-1)) OVER
        (
            PARTITION BY source_partition ORDER BY source_offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ) AS before
    FROM offsets
)
SELECT
    source_partition AS partition,
    sum(stored_rows) AS rows,
    sum(stored_dead_letters) AS dead_letters,
    count() AS offsets,
    min(source_offset) AS first_offset,
    max(source_offset) AS last_offset,
    countIf(stored_rows + stored_dead_letters > 1) AS doubled_count,
    arraySort(groupArrayIf(100)(source_offset, stored_rows + stored_dead_letters > 1)) AS doubled,
    countIf(previous != before OR other != before) AS breaks_count,
    arraySort(groupArrayIf(100)(
        [before, if(previous != before, previous, other), source_offset],
        previous != before OR other != before)) AS breaks
FROM chain
GROUP BY source_partition
ORDER BY source_partition
