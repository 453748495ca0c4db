-- Slow and all operations in several windows that end together, per series. Slow: the whole bin lies above the target,
-- so a bin of the histogram that holds the target (4.4 % wide) counts as fast.
SELECT
    if(has({by:Array(String)}, 'tenant'), tenant_id, '') AS tenant,
    if(has({by:Array(String)}, 'agent'), agent_id, '') AS agent,
    '' AS version, '' AS environment_,
    if(has({by:Array(String)}, 'kind'), kind, '') AS kind_,
    if(has({by:Array(String)}, 'subject'), subject, '') AS subject_,
    sumForEach(arrayMap(
        w -> if(bucket >= toDateTime({until:UInt32} - w, 'UTC') AND hb >= ceil(log2({target_ns:Float64}) * 16), n, 0),
        {windows:Array(UInt32)})) AS bad,
    sumForEach(arrayMap(
        w -> if(bucket >= toDateTime({until:UInt32} - w, 'UTC'), n, 0), {windows:Array(UInt32)})) AS total
FROM hist_5m
WHERE metric = 'duration_ns'
    AND bucket >= toDateTime({until:UInt32} - arrayMax({windows:Array(UInt32)}), 'UTC')
    AND bucket < toDateTime({until:UInt32}, 'UTC')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({subject:String} = '' OR subject = {subject:String})
GROUP BY tenant, agent, version, environment_, kind_, subject_
