-- Where does the wall time of agents go? Over the newest `limit` ended runs that began in the range.
SELECT
    agent_id, category, runs,
    round(category_us / 1e3, 3) AS critical_ms,
    round(category_us / 1e3 / runs, 3) AS ms_per_run,
    round(if(agent_us > 0, category_us / agent_us, 0), 4) AS share
FROM
(
    SELECT
        p.run_agent_id AS agent_id, category, sum(critical_us) AS category_us,
        sum(category_us) OVER (PARTITION BY agent_id) AS agent_us,
        sum(countIf(depth = 0)) OVER (PARTITION BY agent_id) AS runs
    FROM v_run_paths(run_id = '', tenant = {tenant:String}, agent = {agent:String}, since = {since:DateTime('UTC')},
        until = {until:DateTime('UTC')}, max_runs = {limit:UInt32}, max_operations = 200) AS p
    GROUP BY agent_id, category
)
WHERE category_us > 0
ORDER BY agent_us DESC, agent_id, critical_ms DESC, category
