-- Which failures are new? Ways of failing in the range that the same agent did not show in the reference, the days just
-- before it. An agent without operations in the reference has no history to compare with, and is told so.
SELECT
    multiIf(r.operations = 0, 'no_history', known_elsewhere > 0, 'new_for_agent', 'new') AS novelty,
    f.agent_id AS agent_id, kind, subject, failure_mode, error_type, failures,
    r.operations AS reference_operations, first_time, last_time
FROM
(
    SELECT
        CAST(s.agent_id, 'String') AS agent_id, kind, subject,
        if(s.failure_mode = '', CAST(status, 'String'), CAST(s.failure_mode, 'String')) AS failure_mode,
        error_type,
        sumIf(s.events, bucket >= {since:DateTime('UTC')}) AS failures,
        sumIf(s.events, bucket < {since:DateTime('UTC')}) AS before,
        sum(before) OVER (PARTITION BY kind, subject, failure_mode, error_type) AS known_elsewhere,
        minIf(bucket, bucket >= {since:DateTime('UTC')}) AS first_time,
        maxIf(bucket, bucket >= {since:DateTime('UTC')}) AS last_time
    FROM stats_5m AS s
    PREWHERE status IN ('error', 'timeout', 'blocked', 'abandoned') OR s.failure_mode != ''
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND bucket >= {since:DateTime('UTC')} - toIntervalDay({reference_days:UInt16})
        AND bucket < {until:DateTime('UTC')}
    GROUP BY agent_id, kind, subject, failure_mode, error_type
) AS f
LEFT JOIN
(
    -- Every finished operation has one status.
    SELECT CAST(c.agent_id, 'String') AS agent_id, sum(c.n) AS operations
    FROM cat_1h AS c
    WHERE dim = 'status' AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND hour >= toStartOfHour({since:DateTime('UTC')} - toIntervalDay({reference_days:UInt16}))
        AND hour < toStartOfHour({since:DateTime('UTC')})
    GROUP BY agent_id
) AS r ON r.agent_id = f.agent_id
WHERE failures > 0 AND before = 0 AND ({agent:String} = '' OR f.agent_id = {agent:String})
ORDER BY indexOf(['new', 'new_for_agent', 'no_history'], novelty), failures DESC, agent_id, kind, subject,
    failure_mode, error_type
LIMIT {limit:UInt32}
