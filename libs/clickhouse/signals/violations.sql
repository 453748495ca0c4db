-- Live verdicts of a window by policy rule, per series, of at least a severity, with runs to look at. By arrival as well
-- as by event_time, so that an import of old traces is no alarm.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    rule_id AS policy_rule,
    count() AS n,
    argMax(severity, event_time) AS severity_,
    argMax(message, event_time) AS message_,
    argMax(agent_version, event_time) AS version_,
    groupUniqArray(5)(run_id) AS runs
FROM violations
WHERE event_time >= toDateTime({since:UInt32}, 'UTC') AND event_time < toDateTime({until:UInt32}, 'UTC')
    AND ingested_at >= toDateTime({since:UInt32}, 'UTC')
    AND status != 'shadow'
    AND severity IN {severities:Array(String)}
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
GROUP BY tenant, agent, policy_rule
