-- Events of a window and of the same window a day and a week before, per series that came lately. Where the first event
-- is younger than eight days, the day before decides alone.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    if(has({by:Array(String)}, 'version'), agent_version, '') AS version,
    if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
    sumIf(events, bucket >= toDateTime({since:UInt32}, 'UTC')) AS now_n,
    sumIf(events, bucket >= toDateTime({since:UInt32} - 86400, 'UTC')
        AND bucket < toDateTime({until:UInt32} - 86400, 'UTC')) AS day_n,
    sumIf(events, bucket >= toDateTime({since:UInt32} - 604800, 'UTC')
        AND bucket < toDateTime({until:UInt32} - 604800, 'UTC')) AS week_n,
    if(min(bucket) > toDateTime({until:UInt32} - 691200, 'UTC'), day_n, least(day_n, week_n)) AS before_n,
    toUnixTimestamp(max(bucket)) AS last_s
FROM stats_5m
WHERE bucket >= toDateTime({until:UInt32} - 777600, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({version:String} = '' OR agent_version = {version:String})
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
