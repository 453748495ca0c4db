// Governed records for tests on the real engine: plausible rows with a chain of offsets, framed as
// the sink frames them.
// Example: const log = governedLog({ generation: 1 }); const rows = [log.row({ kind: 'tool_call'
// }), log.marker()]; await ch.insertAvro({ table: 'events', columns: EVENT_COLUMNS, body:
// containerFor(rows), token: 't', timeoutMs: 20_000 })
import { connectClickHouse, type ClickHouse } from '@agentspine/clickhouse/connect';
import { migrate } from '@agentspine/clickhouse/migrate';
import { BLANK_ROW, type GovernedRow } from '@agentspine/event/governed-columns';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { containerOf } from '@agentspine/wire/avro-container';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { loadSchemas } from '@agentspine/wire/schemas';

const schema = loadSchemas().governedEvent;
const encode = createEncoder<GovernedRow>(schema, 1);
const container = containerOf(schema);

export const EVENT_COLUMNS = Object.keys(BLANK_ROW);

export function containerFor(rows: readonly GovernedRow[]): Buffer[] {
  return container.frame(rows.map(encode), FRAME_BYTES);
}

export type GovernedLog = {
  row(fields?: Partial<GovernedRow>): GovernedRow;
  marker(fields?: Partial<GovernedRow>): GovernedRow;
};

/** Rows of one partition, each naming the one before; one run of eight events after the other. */
export function governedLog(
  fields: Partial<GovernedRow> & { readonly nowMs: number },
): GovernedLog {
  const { nowMs, ...common } = fields;
  let next = 0;
  const lineage = () => {
    const source_offset = next;
    next += 1;
    const ingested_at = nowMs * 1000 + source_offset;
    return { source_offset, previous_source_offset: source_offset - 1, ingested_at };
  };
  return {
    row(own = {}) {
      const at = lineage();
      const run = Math.floor(at.source_offset / 8);
      return {
        ...BLANK_ROW,
        ...at,
        fate: 'row',
        generation: 1,
        event_id: `00000000-0000-7000-8000-${String(at.source_offset).padStart(12, '0')}`,
        tenant_id: 'acme',
        kind: 'step',
        phase: 'point',
        status: 'ok',
        event_time: at.ingested_at - 1_000_000,
        start_time: at.ingested_at - 1_000_000,
        seq: at.source_offset % 8,
        trace_id: run.toString(16).padStart(32, 'a'),
        span_id: at.source_offset.toString(16).padStart(16, 'b'),
        run_id: `run-${run}`,
        agent_id: 'refunds',
        name: 'look',
        input: 'what is the state of order 17',
        ...common,
        ...own,
      };
    },
    marker(own = {}) {
      return {
        ...BLANK_ROW,
        ...lineage(),
        fate: 'dead_letter',
        generation: 1,
        dead_letter_code: 'SPINE_RECORD_AVRO',
        dead_letter_stage: 'decode',
        dead_letter_cause: 'wanted one record, found too few bytes',
        ...common,
        ...own,
      };
    },
  };
}

/** A migrated database of its own, dropped again by close(). */
export async function openDatabase(url: string, name: string) {
  const database = `t_${name}_${process.pid}_${Date.now()}`;
  const ch = connectClickHouse({ url, database, username: 'default', password: '' });
  await migrate(ch, { window: 10_000 });
  return { ch, close: () => dropDatabase(ch) };
}

export async function dropDatabase(ch: ClickHouse): Promise<void> {
  await ch.command(`DROP DATABASE IF EXISTS ${ch.database} SYNC`);
  await ch.close();
}

/** Inserts rows into events under a token. */
export async function insertRows(
  ch: ClickHouse,
  rows: readonly GovernedRow[],
  token: string,
): Promise<void> {
  const body = containerFor(rows);
  await ch.insertAvro({ table: 'events', columns: EVENT_COLUMNS, body, token, timeoutMs: 60_000 });
}

/** One number out of a SELECT count() AS n. */
export async function numberOf(ch: ClickHouse, sql: string): Promise<number> {
  const [row] = await ch.query<{ n: number | string }>(sql);
  if (row === undefined) throw new Error(`no answer to ${sql}`);
  return Number(row.n);
}
