-- Runs by the minute of their last event, with errors and confidence: what change points are sought in. Reads an hour
-- more than it tells, so that a run is whole.
SELECT
    tenant_id, agent_id, toUnixTimestamp(minute) AS minute_s, count() AS runs, sum(failed) AS failures,
    countIf(known > 0) AS confident, sumIf(level, known > 0) AS confidence,
    arrayFilter(x -> x != '~', groupArraySorted(5)(if(failed, run, '~'))) AS failed_runs,
    groupArraySorted(5)(run) AS some_runs
FROM
(
    SELECT
        CAST(tenant_id, 'String') AS tenant_id, CAST(agent_id, 'String') AS agent_id,
        if(run_id = '', event_id, run_id) AS run, toStartOfMinute(max(e.event_time)) AS minute,
        max(status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != '') AS failed,
        countIf(NOT isNaN(e.confidence)) AS known,
        argMinIf(e.confidence, cityHash64(event_id), NOT isNaN(e.confidence)) AS level
    FROM events AS e
    WHERE e.event_time >= {since:DateTime('UTC')} - INTERVAL 1 HOUR AND e.event_time < {until:DateTime('UTC')}
        AND agent_id != ''
    GROUP BY tenant_id, agent_id, run
    HAVING minute >= {since:DateTime('UTC')}
)
GROUP BY tenant_id, agent_id, minute
ORDER BY tenant_id, agent_id, minute
