-- Failed and all operations in several windows that end together, per series: one pass over the longest.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    if(has({by:Array(String)}, 'version'), agent_version, '') AS version,
    if(has({by:Array(String)}, 'environment'), environment, '') AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
    sumForEach(arrayMap(
        w -> if(bucket >= toDateTime({until:UInt32} - w, 'UTC')
            AND status IN ('error', 'timeout', 'blocked', 'abandoned'), operations, 0),
        {windows:Array(UInt32)})) AS bad,
    sumForEach(arrayMap(
        w -> if(bucket >= toDateTime({until:UInt32} - w, 'UTC'), operations, 0), {windows:Array(UInt32)})) AS total
FROM stats_5m
WHERE bucket >= toDateTime({until:UInt32} - arrayMax({windows:Array(UInt32)}), 'UTC')
    AND bucket < toDateTime({until:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({version:String} = '' OR agent_version = {version:String})
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
