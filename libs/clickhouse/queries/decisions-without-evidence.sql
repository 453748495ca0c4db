-- Which decisions name no data they were made from? named: data_context on the decision itself. run_only: none on the
-- decision, though its run had read data before it (lineage). none: no data was read at all.
WITH
decided AS
(
    SELECT tenant_id, agent_id, decision_type, decision_id, event_time, run_id, irreversible, has_evidence
    FROM decisions
    WHERE event_time >= {since:DateTime('UTC')} AND event_time < {until:DateTime('UTC')}
        AND ({tenant:String} = '' OR tenant_id = {tenant:String})
        AND ({agent:String} = '' OR agent_id = {agent:String})
    ORDER BY generation DESC, event_time, event_id
    LIMIT 1 BY tenant_id, decision_id
),
read_before AS
(
    SELECT l.tenant_id AS tenant_id, l.run_id AS run_id, min(l.event_time) AS first_read
    FROM lineage AS l
    WHERE l.role = 'input' AND l.event_time >= toDateTime64({since:DateTime('UTC')}, 0, 'UTC') - INTERVAL 1 DAY
        AND l.event_time < {until:DateTime('UTC')}
        AND ({tenant:String} = '' OR l.tenant_id = {tenant:String})
    GROUP BY tenant_id, run_id
)
SELECT
    tenant_id, agent_id, decision_type,
    count() AS decisions,
    countIf(d.has_evidence) AS named,
    countIf(NOT d.has_evidence AND has_read) AS run_only,
    countIf(NOT d.has_evidence AND NOT has_read) AS none,
    countIf(d.irreversible AND NOT d.has_evidence AND NOT has_read) AS irreversible_none,
    groupArrayIf(5)(d.run_id, NOT d.has_evidence AND NOT has_read) AS example_runs
FROM
(
    SELECT d.*, r.run_id != '' AND r.first_read <= d.event_time AS has_read
    FROM decided AS d LEFT JOIN read_before AS r ON d.tenant_id = r.tenant_id AND d.run_id = r.run_id
) AS d
GROUP BY tenant_id, agent_id, decision_type
ORDER BY none DESC, decisions DESC, tenant_id, agent_id, decision_type
LIMIT {limit:UInt32}
