-- Live verdicts per five minutes, series and policy rule over a long time, for the backtest.
SELECT tenant, agent, policy_rule, groupArray((step, n)) AS cells
FROM
(
    SELECT
        if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
        if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
        rule_id AS policy_rule,
        intDiv(toUnixTimestamp(event_time) - {since:UInt32}, 300) AS step,
        count() AS n
    FROM violations
    WHERE event_time >= toDateTime({since:UInt32}, 'UTC') AND event_time < toDateTime({until:UInt32}, 'UTC')
        AND status != 'shadow' AND severity IN {severities:Array(String)}
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
    GROUP BY tenant, agent, policy_rule, step
)
GROUP BY tenant, agent, policy_rule
