// The help texts, written by hand: what people ask for first comes first. One entry per command in
// main.ts.
// Example: helpFor('trace')

export const HELP = `spine — the observability spine for fleets of AI agents

  spine demo                    a seeded fleet, end to end, with a summary
  spine up                      start the local stack and the services
  spine status, logs, down      see, read, stop them

  spine import FILE…            publish your traces (tau-bench, OpenTelemetry)
  spine tail                    follow governed events as they come
  spine trace RUN               a run as a tree: what was said, called, decided
  spine report [WHAT]           latency, decisions, drift, outcomes, cost, …
  spine sql 'SELECT …'          any question, in SQL
  spine alerts                  what fires; test, silence, ack, backtest

  spine doctor [--delivery]     test every connection; compare offsets with rows
  spine rollups [backfill NAME] sums by time; fill a new one with the past
  spine storage                 what the store takes, by table, tenant, day
  spine config                  the configuration in force, and where from
  spine schemas check|register  the contract: compatible? known to the registry?
  spine topics create, migrate  one-shot steps of a deployment

Everywhere: --json, --config FILE, --state FOLDER (default .spine), --help.
Exit codes: 0 done, 1 failed, 2 not understood, 3 something it needs is not
there (a server, Java, a port, disk space), 130 ended by Ctrl-C.
From a clone: npm run spine -- COMMAND …`;

const DETAILS: Readonly<Record<string, string>> = {
  up: `spine up [--stack-only]

Starts Kafka, the schema registry and the ClickHouse engine on loopback, makes
topics, subjects and tables, and starts worker, sink and sentinel. Repeating it
is harmless. Ports 9092, 8081 and 8123 where they are free, others where not.
  --stack-only   without the services
  --state DIR    where data, logs and configuration lie (default .spine)`,
  down: `spine down

Stops what runs in the state folder. Data stays; delete the folder to start
afresh.`,
  status: `spine status

Each part after a real round trip: running, starting, crashed or stopped; of a
crashed one the last lines of its log. Exit code 1 unless all run.`,
  logs: `spine logs [PART] [--lines N] [--follow]

PART: kafka, registry, clickhouse, worker, sink or sentinel; without one, a few
lines of each. --follow goes on until Ctrl-C.`,
  demo: `spine demo [--seed N] [--runs N] [--live-seconds N] [--keep]

Brings the stack up, lets a seeded fleet of agents work through a week and then
live, waits until every event is stored, and shows what happened. On a terminal
it stays up until Ctrl-C; elsewhere it ends with 0 when the counts agree.
  --seed N           another fleet (default 7)
  --runs N           runs of history (default 9600); from about 9000 on there is
                     enough of them to tell what went wrong in the week
  --live-seconds N   length of the live tail (default 8)
  --keep             leave the stack running at the end`,
  import: `spine import FILE… [--tenant T] [--agent ID] [--start TIME] [--dry-run]

Reads tau-bench trajectories and OpenTelemetry GenAI spans (JSON, JSON lines,
OTLP/JSON) and publishes AgentEvents. A file it cannot read is refused with the
place and the reason; the others go on. See docs/import.md.
  --tenant T    tenant_id of the events (default: default)
  --agent ID    agent.id, for files that name none
  --start TIME  first instant, for files without a clock (default: the file's)
  --dry-run     read and map only`,
  tail: `spine tail [--tenant T] [--kind K] [--lines N] [--no-follow]

Governed events as they are written, dead letters among them, until Ctrl-C.
  --lines N    begin with about so many of those already there (default 10)
  --no-follow  show those and end
  --json       whole records, one per line`,
  trace: `spine trace RUN [--full] [--tenant T]

RUN is a run_id, a trace_id, or latest: the newest run that came to its end.
--full prints bodies whole.`,
  sql: `spine sql 'SELECT …' [--format F] [--limit N] [--timeout-ms N]

One read-only statement. Tables and views: docs/query.md.
  --format F       PrettyCompactMonoBlock (default), JSON, JSONEachRow,
                   JSONCompact, CSVWithNames, TSVWithNames, Vertical, Markdown
  --limit N        refuse a result of more rows (default 10,000)
  --timeout-ms N   give up after so long (default 30,000)`,
  report: `spine report [WHAT] [--since 7d] [--tenant T] [--agent ID] [--html FILE]

WHAT: what one wants to know first, in sentences, then tables and pictures.
  overview    latest runs, latency, failures, violations, cost (default)
  latency     what got slower, by how much, and where the time of a run goes
  decisions   does confidence mean anything; overrides, evidence, accuracy
  drift       which agents changed, how, and what explains it
  violations  rules broken most, by whom, more often than before
  outcomes    KPIs by release, compared; what another decision had brought
  cost        what a run costs, and where money leaks
  failures    ways of failing, new ones, where runs break first
The last seventh of the span is held against the time before: docs/reports.md.
  --since SPAN  90m, 24h or 7d (default 7d; overview 30d)
  --html FILE   as one page: charts, light and dark, printable, no network
  --json        findings and all numbers
  --limit N     lines of each list of the overview (default 8)`,
  rollups: `spine rollups
spine rollups backfill NAME

The tables that are summed while events are stored, and since when. backfill
fills a new one with what was stored before it was there, hour by hour of
arrival, while events go on coming. Repeat it freely; exit code 3: not yet.`,
  storage: `spine storage [--tenant T] [--keep DAYS] [--class C]

What the store takes on disk: tables, columns, tenants, days. A tenant's bytes
are its rows' share.
  --tenant T   of this tenant alone
  --keep DAYS  what would be freed if a class were kept so long
  --class C    bodies, events (default), rollups or findings`,
  alerts: `spine alerts [list] [--all] [--since 7d] [--tenant T] [--agent ID]
spine alerts list --deliveries
spine alerts test [--now | --receiver ID]
spine alerts silence [--match LABEL=VALUE… --comment TEXT [--for 1h]] [--end ID]
spine alerts ack KEY [--comment TEXT]
spine alerts backtest [--since 30d] [--rule ID]

list       what fires now, worst first, each with cause, runs and what to do;
           --all also what is over, --deliveries what was told to whom
test       runs the tests beside the rules; --now judges the stored data and
           tells nobody; --receiver sends a made-up alert and its end
silence    nobody is told of alerts with these labels for a while; alone, the
           silences in force. An incident that was opened is still resolved
ack        somebody takes care: not repeated until it is over
backtest   what would have fired, and how often
Who: --by NAME (default: the user). Rules, routes, receivers: docs/alerts.md.`,
  schemas: `spine schemas check      is it compatible with every release? offline
spine schemas register   put subjects and level into the registry`,
  topics: 'spine topics create\n\nCreates the missing ones of infra/kafka/topics.yaml.',
  migrate: 'spine migrate\n\nBrings the database to this release. Forward only, checksummed.',
  config: `spine config

Every key, its value (secrets masked) and where it comes from. All keys:
docs/config.md.`,
  doctor: `spine doctor [--delivery]

Tests Node, services, files, keys, Kafka, topics, registry, subjects,
ClickHouse, tables and settings; each line says what was found, and the way out.
--delivery compares, per partition, offsets with stored rows.`,
};

export function helpFor(command: string | undefined): string | undefined {
  return command !== undefined && Object.hasOwn(DETAILS, command) ? DETAILS[command] : undefined;
}
