-- Records of a window of arrival that became dead letters, and all of them.
SELECT
    (SELECT count() FROM dead_letters
        WHERE ingested_at >= toDateTime({since:UInt32}, 'UTC') AND ingested_at < toDateTime({until:UInt32}, 'UTC'))
        AS dead,
    (SELECT count() FROM events
        WHERE ingested_at >= toDateTime({since:UInt32}, 'UTC') AND ingested_at < toDateTime({until:UInt32}, 'UTC'))
        AS rows_stored,
    (SELECT topK(1)(dead_letter_code)[1] FROM dead_letters
        WHERE ingested_at >= toDateTime({since:UInt32}, 'UTC') AND ingested_at < toDateTime({until:UInt32}, 'UTC'))
        AS top_code
