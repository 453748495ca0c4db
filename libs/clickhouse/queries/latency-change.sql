-- What got slower? Each operation since `split` against the time from `since` to `split`. From hist_5m; at most 2.2 %
-- off. slower_share: share of the operations since split that took longer than the p95 before; unchanged, it is .05 or
-- a little less. NaN where one of the two has no operations.
SELECT
    agent_id, kind, subject,
    sumIf(h.n, is_after) AS operations,
    sumIf(h.n, NOT is_after) AS operations_before,
    quantilesExactWeightedIf(0.5, 0.95)(hb, h.n, is_after) AS bins,
    quantilesExactWeightedIf(0.5, 0.95)(hb, h.n, NOT is_after) AS bins_before,
    sumMapIf([hb], [h.n], is_after) AS spread,
    if(operations = 0, nan, round(exp2((bins[1] + 0.5) / 16) / 1e6, 3)) AS p50_ms,
    if(operations = 0, nan, round(exp2((bins[2] + 0.5) / 16) / 1e6, 3)) AS p95_ms,
    if(operations_before = 0, nan, round(exp2((bins_before[1] + 0.5) / 16) / 1e6, 3)) AS p50_before_ms,
    if(operations_before = 0, nan, round(exp2((bins_before[2] + 0.5) / 16) / 1e6, 3)) AS p95_before_ms,
    if(operations = 0 OR operations_before = 0, nan, round(arraySum(
        (bin, count) -> if(bin > bins_before[2], count, 0), spread.1, spread.2) / operations, 4)) AS slower_share
FROM
(
    SELECT agent_id, kind, subject, hb, n, bucket >= {split:DateTime('UTC')} AS is_after
    FROM hist_5m
    WHERE metric = 'duration_ns'
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
        AND ({kind:String} = '' OR kind = {kind:String})
        AND bucket >= {since:DateTime('UTC')} AND bucket < {until:DateTime('UTC')}
) AS h
GROUP BY agent_id, kind, subject
ORDER BY operations DESC, agent_id, kind, subject
LIMIT {limit:UInt32}
