-- Which ways of failing are there, how often, and is it more than before? From stats_5m. before: as long a time before.
SELECT
    failure_mode, failures, failures_before, round(failures / greatest(all_failures, 1), 4) AS share, agents,
    top.1 AS top_agent, top.2 AS top_subject, last_time
FROM
(
    SELECT
        failure_mode, sumIf(n, is_now) AS failures, sumIf(n, NOT is_now) AS failures_before,
        sum(failures) OVER () AS all_failures,
        uniqExactIf(agent_id, is_now) AS agents,
        argMaxIf((agent_id, subject), (n, agent_id, subject), is_now) AS top,
        maxIf(last_bucket, is_now) AS last_time
    FROM
    (
        SELECT
            if(s.failure_mode = '', CAST(status, 'String'), CAST(s.failure_mode, 'String')) AS failure_mode,
            CAST(agent_id, 'String') AS agent_id, CAST(subject, 'String') AS subject,
            bucket >= {since:DateTime('UTC')} AS is_now, sum(s.events) AS n, max(bucket) AS last_bucket
        FROM stats_5m AS s
        WHERE (status IN ('error', 'timeout', 'blocked', 'abandoned') OR s.failure_mode != '')
            AND ({tenant:String} = '' OR tenant_id = {tenant:String})
            AND ({agent:String} = '' OR s.agent_id = {agent:String})
            AND bucket >= {since:DateTime('UTC')} - ({until:DateTime('UTC')} - {since:DateTime('UTC')})
            AND bucket < {until:DateTime('UTC')}
        GROUP BY failure_mode, agent_id, subject, is_now
    )
    GROUP BY failure_mode
)
WHERE failures > 0
ORDER BY failures DESC, failure_mode
LIMIT {limit:UInt32}
