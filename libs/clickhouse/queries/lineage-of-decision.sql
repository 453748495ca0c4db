-- Which data fed a decision? What the decision itself declares, what brought the operation it names as its cause, and
-- what else was read before it in the same run; declared first, then the latest before the decision.
WITH decision AS
(
    SELECT tenant_id, run_id, decision_id, event_id, event_time, causation_id, links.span_id AS linked
    FROM events
    WHERE decision_id = {id:String} AND kind = 'decision' AND ({tenant:String} = '' OR tenant_id = {tenant:String})
    ORDER BY phase = 'start', event_time DESC
    LIMIT 1 BY tenant_id
),
bounds AS
(
    SELECT min(t.first_event) AS first_event, min(t.first_ingested) AS first_ingested
    FROM trace_index AS t
    WHERE run_id IN (SELECT run_id FROM decision)
)
SELECT
    d.decision_id AS decision_id,
    multiIf(e.event_id = d.event_id, 'declared', e.event_id = d.causation_id OR has(d.linked, e.span_id), 'caused',
        'read') AS link,
    item.1 AS source, item.2 AS name, item.3 AS version, item.4 AS classification, item.5 AS fields, item.6 AS score,
    e.event_time AS event_time,
    round((toUnixTimestamp64Micro(d.event_time) - toUnixTimestamp64Micro(e.event_time)) / 1e3, 3) AS before_ms,
    e.agent_id AS agent_id, e.kind AS kind,
    multiIf(e.kind = 'tool_call', CAST(e.tool_name, 'String'), e.kind = 'model_call', CAST(e.request_model, 'String'),
        e.kind = 'retrieval', e.retrieval_source, e.name) AS subject,
    e.status AS status, e.run_id AS run_id, e.span_id AS span_id, e.event_id AS event_id
FROM
(
    SELECT
        tenant_id, run_id, event_id, event_time, span_id, agent_id, kind, tool_name, request_model, retrieval_source,
        e.name AS name, status,
        arrayJoin(arrayConcat(
            arrayMap(x -> ('dataset', x.urn, x.version, x.classification, x.fields, nan),
                arrayFilter(x -> x.role != 'output', data_context)),
            arrayMap(x -> ('document', concat(retrieval_source, if(retrieval_source = '', '', '/'), x.id), x.version,
                '', CAST([], 'Array(String)'), x.score), retrieval_documents),
            if(kind = 'retrieval' AND empty(retrieval_documents),
                [('document', retrieval_source, '', '', CAST([], 'Array(String)'), nan)], []),
            if(kind = 'tool_call',
                [('tool_result', CAST(tool_name, 'String'), '', '', CAST([], 'Array(String)'), nan)], []),
            if(kind = 'memory' AND memory_operation IN ('search', 'read', 'get'),
                [('memory', concat(memory_store_id, if(memory_record_id = '', '', '/'), memory_record_id), '', '',
                    CAST([], 'Array(String)'), nan)], []))) AS item
    FROM events AS e
    WHERE run_id IN (SELECT run_id FROM decision)
        AND event_time >= (SELECT first_event FROM bounds) AND event_time <= (SELECT max(event_time) FROM decision)
        AND ingested_at >= (SELECT first_ingested FROM bounds)
        AND phase != 'start' AND (kind != 'decision' OR decision_id = {id:String})
) AS e
INNER JOIN decision AS d ON d.tenant_id = e.tenant_id AND d.run_id = e.run_id
WHERE e.event_time <= d.event_time
ORDER BY indexOf(['declared', 'caused', 'read'], link), before_ms, source, name, event_id
LIMIT {limit:UInt32}
