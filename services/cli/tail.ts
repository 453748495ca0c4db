// spine tail: follows what is governed, as it is written to agent.governed, one line per event.
// Reads outside any consumer group and commits nothing. Example: spine tail --tenant acme-retail
// --kind decision
import { guardedAvro as avro } from '@agentspine/wire/guard-avsc';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import type { Registry } from '@agentspine/wire/registry';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import type { Log, LogRecord } from '@agentspine/kafka/port';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';
import { dollars, duration, type Terminal } from './terminal.ts';

const POLL_MS = 500;

export const tail: Command = async (shell) => {
  const { values } = flags(shell, {
    tenant: { type: 'string' },
    kind: { type: 'string' },
    lines: { type: 'string' },
    'no-follow': { type: 'boolean', default: false },
  });
  await using spine = open(shell, values);
  const topic = `${spine.config.topics.prefix}.governed`;
  const log = spine.log();
  const decode = governedDecoder(spine.registry());
  const wanted = (row: GovernedRow): boolean =>
    (values.tenant === undefined || row.tenant_id === values.tenant) &&
    (values.kind === undefined || row.kind === values.kind);
  const positions = await startPositions(log, topic, wholeFlag('lines', values.lines, 10));
  for (;;) {
    for (const [partition, from] of positions) {
      for await (const record of log.readRange(topic, partition, from)) {
        positions.set(partition, record.offset + 1);
        const row = await decode(record);
        if (row === undefined || !wanted(row)) continue;
        if (values.json) shell.terminal.line(JSON.stringify(row));
        else shell.terminal.line(lineOf(row, shell.terminal));
      }
    }
    if (values['no-follow'] || shell.signal.aborted) return EXIT.ok;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

async function startPositions(
  log: Log,
  topic: string,
  lines: number,
): Promise<Map<number, number>> {
  const admin = await log.admin();
  try {
    const offsets = await admin.offsets(topic);
    if (offsets === null)
      throw new SpineError('SPINE_KAFKA_TOPIC', {
        where: topic,
        wanted: 'the topic',
        found: 'none',
      });
    const each = Math.ceil(lines / offsets.length);
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, Math.max(low, high - each)]),
    );
  } finally {
    await admin.close();
  }
}

function governedDecoder(registry: Registry) {
  const types = new Map<number, { fromBuffer(bytes: Buffer): unknown }>();
  return async ({ value }: LogRecord): Promise<GovernedRow | undefined> => {
    if (value === null || value.length < FRAME_BYTES) return undefined;
    const id = value.readUInt32BE(1);
    let type = types.get(id);
    if (type === undefined) {
      const schema = await registry.schemaById(id);
      if (schema === null) return undefined;
      type = avro.Type.forSchema(schema as never);
      types.set(id, type);
    }
    return type.fromBuffer(value.subarray(FRAME_BYTES)) as GovernedRow;
  };
}

function lineOf(row: GovernedRow, terminal: Terminal): string {
  const place = terminal.style('dim', `${row.source_partition}/${row.source_offset}`);
  if (row.fate === 'dead_letter') {
    return `${place} ${terminal.style('red', `dead letter ${row.dead_letter_code}`)} at ${row.dead_letter_stage}: ${row.dead_letter_cause}`;
  }
  const time = new Date(row.event_time / 1000).toISOString();
  const what =
    row.tool_name ||
    row.response_model ||
    row.request_model ||
    row.decision_chosen ||
    row.outcome_kpi ||
    row.name;
  const verdicts = (row.verdicts as readonly { rule_id: string }[])
    .map((verdict) => verdict.rule_id)
    .join(' ');
  return [
    place,
    time,
    row.tenant_id,
    row.agent_id,
    terminal.style('cyan', row.kind),
    what,
    row.duration_ns > 0 && duration(row.duration_ns),
    row.cost_nano_usd > 0 && dollars(row.cost_nano_usd),
    row.failure_mode !== '' && terminal.style('yellow', row.failure_mode),
    verdicts !== '' && terminal.style('red', verdicts),
  ]
    .filter(Boolean)
    .join('  ');
}
