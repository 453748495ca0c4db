-- The user of Grafana, for a ClickHouse of your own (infra/docker/clickhouse/users.xml is the same for Compose):
-- reads the tables and views of one database, without texts of prompts and answers, within bounds.
-- readonly = 1 forbids every change of settings; the plugin's client has to set max_execution_time.
-- Run it once as an administrator: clickhouse-client --queries-file reader.sql, with a password of your own.
CREATE SETTINGS PROFILE IF NOT EXISTS agentspine_reader SETTINGS
    readonly = 1,
    max_execution_time = 30 MIN 1 MAX 60 CHANGEABLE_IN_READONLY,
    max_result_rows = 100000,
    result_overflow_mode = 'throw',
    max_memory_usage = 4000000000,
    max_threads = 4;
CREATE USER IF NOT EXISTS agentspine_reader IDENTIFIED WITH sha256_password BY 'change me'
    SETTINGS PROFILE 'agentspine_reader';
GRANT SELECT ON agentspine.* TO agentspine_reader;
REVOKE SELECT(input, output, rationale, feedback_comment) ON agentspine.events FROM agentspine_reader;
