-- What is stored: rows, and dead letters by code.
SELECT fate, code, stage, n
FROM
(
    SELECT 'row' AS fate, '' AS code, '' AS stage, count() AS n
    FROM events
    WHERE {generation:Int32} < 0 OR generation = {generation:Int32}
    UNION ALL
    SELECT 'dead_letter' AS fate, dead_letter_code AS code, dead_letter_stage AS stage, count() AS n
    FROM dead_letters
    WHERE {generation:Int32} < 0 OR generation = {generation:Int32}
    GROUP BY code, stage
)
ORDER BY fate DESC, n DESC, code, stage
