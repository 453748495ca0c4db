// spine tail: follows what is governed, as it is written to agent.governed, one line per event.
// Reads outside any consumer group and commits nothing. Example: spine tail --tenant acme-retail
// --kind decision
import { setTimeout as delay } from 'node:timers/promises';
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
const NARROW = 110;
/** Rows taken from a partition before they are shown. */
const AT_ONCE = 5_000;

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
  const { terminal } = shell;
  for (;;) {
    const rows: GovernedRow[] = [];
    for (const [partition, from] of positions) {
      for await (const record of log.readRange(topic, partition, from)) {
        positions.set(partition, record.offset + 1);
        const row = await decode(record);
        if (row !== undefined && wanted(row)) rows.push(row);
        if (rows.length >= AT_ONCE) break;
      }
    }
    // Partitions are read one after the other; within one look they are shown by time.
    for (const row of rows.toSorted((a, b) => a.event_time - b.event_time)) {
      terminal.line(values.json ? JSON.stringify(row) : lineOf(row, terminal));
    }
    if (values['no-follow'] || shell.signal.aborted) return EXIT.ok;
    await delay(POLL_MS, undefined, { signal: shell.signal }).catch(() => undefined);
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

const WHO = 36;
const KIND = 11;
const WHAT = 30;

/** When, who, what, and what stands out; cut to the width of a terminal. */
function lineOf(row: GovernedRow, terminal: Terminal): string {
  if (row.fate === 'dead_letter') {
    const text = `dead letter ${row.dead_letter_code} at ${row.dead_letter_stage}: ${row.dead_letter_cause}`;
    const place = `partition ${row.source_partition}, offset ${row.source_offset}`.padEnd(23);
    return `${terminal.style('dim', place)}  ${terminal.style('red', fitted(text, terminal, 25))}`;
  }
  const time = new Date(row.event_time / 1000).toISOString().slice(0, 23).replace('T', ' ');
  const who = column(`${row.tenant_id}/${row.agent_id || '-'}`, WHO);
  const rules = (row.verdicts as readonly { rule_id: string }[]).map((one) => one.rule_id);
  const isNarrow = terminal.isLive && terminal.width < NARROW;
  const facts = [
    row.duration_ns > 0 && duration(row.duration_ns),
    !isNarrow && row.cost_nano_usd > 0 && dollars(row.cost_nano_usd),
    row.failure_mode !== '' && terminal.style('yellow', row.failure_mode),
    rules.length > 0 && terminal.style('red', `▲ ${rules.join(' ')}`),
  ].filter((fact) => fact !== false);
  return [
    terminal.style('dim', isNarrow ? time.slice(11, 19) : time),
    isNarrow ? column(row.agent_id, 17) : who,
    terminal.style('cyan', column(row.kind, KIND)),
    column(subjectOf(row), isNarrow ? 20 : WHAT),
    facts.join('  '),
  ]
    .join('  ')
    .trimEnd();
}

function subjectOf(row: GovernedRow): string {
  return (
    row.tool_name ||
    row.response_model ||
    row.request_model ||
    row.decision_chosen ||
    row.outcome_kpi ||
    row.name
  );
}

/** Agents name themselves and their tools: no control character of theirs reaches the terminal. */
function column(text: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return (clean.length > width ? `${clean.slice(0, width - 1)}…` : clean).padEnd(width);
}

function fitted(text: string, { isLive, width }: Terminal, used: number): string {
  return isLive ? column(text, Math.max(20, width - used)).trimEnd() : text;
}
