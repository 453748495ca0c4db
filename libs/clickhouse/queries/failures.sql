-- What fails, how, and how often? From stats_5m. operations: all finished operations of the same agent and subject.
SELECT
    agent_id, kind, subject, status, error_type, failure_mode, failures, operations,
    round(failures / greatest(operations, failures), 4) AS failure_share
FROM
(
    SELECT
        agent_id, kind, subject, status, error_type, failure_mode,
        sumIf(s.events, status IN ('error', 'timeout', 'blocked', 'abandoned') OR failure_mode != '') AS failures,
        sum(sum(s.operations)) OVER (PARTITION BY agent_id, kind, subject) AS operations
    FROM stats_5m AS s
    WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
        AND bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
    GROUP BY agent_id, kind, subject, status, error_type, failure_mode
)
WHERE failures > 0
ORDER BY failures DESC, agent_id, kind, subject, failure_mode
LIMIT {limit:UInt32}
