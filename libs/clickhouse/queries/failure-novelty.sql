-- Which failures are new? Ways of failing in the range that the same agent did not show in the reference, the days just
-- before it. An agent without operations in the reference has no history to compare with, and is told so.
SELECT
    multiIf(reference_operations = 0, 'no_history', known_elsewhere > 0, 'new_for_agent', 'new') AS novelty,
    agent_id, kind, subject, failure_mode, error_type, failures, reference_operations, first_time, last_time
FROM
(
    SELECT
        agent_id, kind, subject, failure_mode, error_type,
        sumIf(failed, is_now) AS failures,
        sumIf(failed, NOT is_now) AS before,
        sum(sumIf(operations, NOT is_now)) OVER (PARTITION BY agent_id) AS reference_operations,
        sum(before) OVER (PARTITION BY kind, subject, failure_mode, error_type) AS known_elsewhere,
        minIf(first_bucket, is_now AND failed > 0) AS first_time,
        maxIf(last_bucket, is_now AND failed > 0) AS last_time
    FROM
    (
        SELECT
            agent_id, kind, subject, error_type,
            if(s.failure_mode = '' AND status IN ('error', 'timeout', 'blocked', 'abandoned'),
                CAST(status, 'String'), CAST(s.failure_mode, 'String')) AS failure_mode,
            bucket >= {since:DateTime('UTC')} AS is_now,
            if(failure_mode = '', 0, sum(s.events)) AS failed,
            sum(s.operations) AS operations,
            min(bucket) AS first_bucket, max(bucket) AS last_bucket
        FROM stats_5m AS s
        WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
            AND ({agent:String} = '' OR agent_id = {agent:String})
            AND bucket >= {since:DateTime('UTC')} - toIntervalDay({reference_days:UInt16})
            AND bucket < {until:DateTime('UTC')}
        GROUP BY agent_id, kind, subject, error_type, failure_mode, is_now
    )
    GROUP BY agent_id, kind, subject, failure_mode, error_type
)
WHERE failures > 0 AND before = 0
ORDER BY indexOf(['new', 'new_for_agent', 'no_history'], novelty), failures DESC, agent_id, kind, subject,
    failure_mode, error_type
LIMIT {limit:UInt32}
