// spine doctor: tests every connection and every assumption, one line each: what was found, and the
// way out. spine doctor --delivery: per partition, what the log has, what is stored, what is
// missing, doubled or misplaced. Exit code 0 when all is well, 1 otherwise. Example: spine doctor
// --delivery --json
import { assertSettings } from '@agentspine/clickhouse/assert-settings';
import { openKeyring } from '@agentspine/keys/keyring-file';
import { stackStatus } from '@agentspine/local-stack/stack';
import { isSpineError, SpineError } from '@agentspine/outcome/errors';
import { registeredId } from '@agentspine/wire/agent-event-codec';
import { loadSchemas, SUBJECTS, subjectOf, type TopicSuffix } from '@agentspine/wire/schemas';
import { loadRulebook } from '@agentspine/worker-service/load-rulebook';
import { audit, type Audit } from './audit.ts';
import { SERVICES } from './bring-up.ts';
import { open, stackConfigFile, type Opened } from './open.ts';
import { topicSpecs } from './prepare.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { grouped, type Terminal } from './terminal.ts';

type Check = { readonly name: string; readonly run: () => Promise<string> };
type Finding = {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly hint: string;
};

export const doctor: Command = async (shell) => {
  const { values } = flags(shell, { delivery: { type: 'boolean', default: false } });
  await using spine = open(shell, values);
  const { terminal } = shell;
  if (values.delivery) {
    const report = await audit(spine);
    if (values.json) terminal.json(report);
    else sayAudit(terminal, report);
    return report.ok ? EXIT.ok : EXIT.failed;
  }
  const findings: Finding[] = [];
  for (const check of checksOf(spine)) {
    const finding = await examine(check);
    findings.push(finding);
    if (!values.json) sayFinding(terminal, finding);
  }
  if (values.json) terminal.json({ findings });
  return findings.every((finding) => finding.ok) ? EXIT.ok : EXIT.failed;
};

function checksOf(spine: Opened): readonly Check[] {
  const { config } = spine;
  return [
    { name: 'Node', run: async () => nodeVersion() },
    { name: 'configuration', run: async () => spine.configFile ?? 'defaults and environment' },
    { name: SERVICES.join(', '), run: () => servicesFound(spine) },
    {
      name: 'rules, prices, agents, fields',
      run: async () => {
        const { policy, priceTable } = loadRulebook(config);
        return `${policy.rules.length} rules (bundle ${policy.bundleHash}), prices ${priceTable}`;
      },
    },
    {
      name: 'keys',
      run: async () => {
        const file = config.privacy.key_file;
        if (file) return `${file}, version ${openKeyring(file).version}`;
        throw new SpineError('SPINE_KEYS_FILE', { wanted: 'privacy.key_file', found: 'none' });
      },
    },
    {
      name: 'Kafka',
      run: async () => {
        await spine.log().ping();
        return config.kafka.brokers.join(', ');
      },
    },
    { name: 'topics', run: () => topicsFound(spine) },
    {
      name: 'registry',
      run: async () => {
        await spine.registry().ping();
        return config.registry.url;
      },
    },
    { name: 'subjects', run: () => subjectsFound(spine) },
    {
      name: 'ClickHouse',
      run: async () => {
        await spine.clickHouse().ping();
        const [row] = await spine
          .clickHouse()
          .query<{ version: string }>('SELECT version() AS version');
        return `${config.clickhouse.url}, version ${row?.version ?? 'unknown'}`;
      },
    },
    {
      name: 'settings of exactly-once',
      run: async () => {
        const tables = await assertSettings(spine.clickHouse(), { window: 10_000 });
        return `in force on ${tables.length} tables`;
      },
    },
  ];
}

async function examine({ name, run }: Check): Promise<Finding> {
  try {
    return { name, ok: true, found: await run(), hint: '' };
  } catch (error) {
    if (isSpineError(error)) return { name, ok: false, found: error.message, hint: error.hint };
    return { name, ok: false, found: (error as Error).message, hint: '' };
  }
}

function nodeVersion(): string {
  const version = process.versions.node;
  if (Number(version.split('.')[0]) >= 24) return version;
  throw new SpineError('SPINE_CLI_USAGE', {
    wanted: 'Node 24 or newer',
    found: version,
    hint: 'Run through npm.',
  });
}

/** Only those of the local stack can be seen from here. */
async function servicesFound(spine: Opened): Promise<string> {
  const parts = (await stackStatus(spine.stateDir)).filter(({ name }) => isService(name));
  const isLocal = spine.configFile === stackConfigFile(spine.stateDir);
  if (!isLocal) return 'not of this state folder; ask their /readyz';
  const away = SERVICES.filter(
    (name) => parts.find((part) => part.name === name)?.status !== 'running',
  );
  if (away.length === 0) return parts.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
  throw new SpineError('SPINE_STACK_CRASHED', {
    wanted: 'all running',
    found: away
      .map((name) => `${name} ${parts.find((part) => part.name === name)?.status ?? 'stopped'}`)
      .join(', '),
    hint: '`spine status` shows the last lines of their logs, `spine up` starts them.',
  });
}

function isService(name: string): boolean {
  return (SERVICES as readonly string[]).includes(name);
}

async function topicsFound(spine: Opened): Promise<string> {
  const admin = await spine.log().admin();
  try {
    for (const spec of topicSpecs(spine.config)) {
      const offsets = await admin.offsets(spec.name);
      if (offsets?.length === spec.partitions) continue;
      throw new SpineError('SPINE_KAFKA_TOPIC', {
        where: spec.name,
        wanted: `${spec.partitions} partitions`,
        found: offsets === null ? 'no such topic' : `${offsets.length}`,
      });
    }
    return `${spine.config.topics.prefix}.* with ${spine.config.topics.partitions} partitions each`;
  } finally {
    await admin.close();
  }
}

async function subjectsFound(spine: Opened): Promise<string> {
  const schemas = loadSchemas();
  const ids: string[] = [];
  for (const [suffix, key] of Object.entries(SUBJECTS)) {
    const subject = subjectOf(spine.config.topics.prefix, suffix as TopicSuffix);
    ids.push(String(await registeredId(spine.registry(), subject, schemas[key])));
  }
  return `${spine.config.topics.prefix}.*-value, schema ids ${ids.join(', ')}`;
}

const NAME = 32;

function sayFinding(terminal: Terminal, { name, ok, found, hint }: Finding): void {
  const mark = ok ? terminal.style('green', '✓') : terminal.style('red', '✗');
  terminal.line(`${mark} ${name.padEnd(NAME)}${found.trim()}`);
  if (hint !== '') terminal.line(`  ${' '.repeat(NAME)}${terminal.style('dim', hint)}`);
}

export function sayAudit(terminal: Terminal, report: Audit): void {
  terminal.table(
    [
      'partition',
      'rows',
      'dead letters',
      'last offset',
      'pending',
      'missing',
      'doubled',
      'misplaced',
    ],
    report.partitions.map((one) => [
      String(one.partition),
      one.rows,
      one.deadLetters,
      one.lastOffset,
      one.pending,
      one.missing.map(({ first, last }) => `${first}-${last}`).join(' ') || '0',
      one.doubled.join(' ') || '0',
      one.misplaced.join(' ') || '0',
    ]),
  );
  const counts = `${grouped(report.produced)} produced, ${grouped(report.rows)} rows, ${grouped(report.deadLetters)} dead letters`;
  const pending = report.partitions.reduce((sum, one) => sum + one.pending, 0);
  if (!report.ok)
    terminal.line(`${terminal.style('red', '✗ rows and offsets disagree')}: ${counts}`);
  else if (pending > 0)
    terminal.line(`… nothing lost, ${grouped(pending)} still on their way: ${counts}`);
  else
    terminal.line(`${terminal.style('green', '✓ every record has exactly one fate')}: ${counts}`);
}
