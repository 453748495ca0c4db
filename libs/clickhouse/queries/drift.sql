-- Has an agent changed? The newest conclusions whose window ended in the range, alarms first; from v_drift.
-- state: empty for all, a state, or `found` for warn and alert.
SELECT
    tenant_id, agent_id, dimension, method, reference, state, words, agent_version, window_start, window_end,
    n_current, n_reference, effect_name, effect, threshold, p_value, p_corrected, js_distance, linf,
    contributors, causes, example_runs, computed_at
FROM v_drift
WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
    AND ({agent:String} = '' OR agent_id = {agent:String})
    AND ({state:String} = '' OR state = {state:String} OR ({state:String} = 'found' AND state IN ('warn', 'alert')))
    AND window_end > {since:DateTime('UTC')} AND window_end <= {until:DateTime('UTC')}
ORDER BY indexOf(['alert', 'warn', 'insufficient_data', 'ok'], CAST(state, 'String')), abs(effect) / threshold DESC,
    tenant_id, agent_id, dimension, method, reference
LIMIT {limit:UInt32}
