// A database of its own, filled with a week of the demo fleet as the worker would have made it: the
// true journey, no Kafka between.
// Guarantees: the same fleet each time but for its clock; some records are dead letters.
// Example: const db = await openFleetDatabase(url, 'dashboards', { events: 4_000 })
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { DEAD_LETTER_COLUMNS } from '@agentspine/clickhouse/tables';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { containerOf } from '@agentspine/wire/avro-container';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { loadSchemas } from '@agentspine/wire/schemas';
import { journey } from '@agentspine/worker-service/journey';
import { EVENT_SCHEMA_ID, productionSteps } from '../bench/fleet-load.ts';
import { containerFor, EVENT_COLUMNS, governedLog, openDatabase } from './governed-rows.ts';

const HISTORY_DAYS = 7;

export async function openFleetDatabase(
  url: string,
  name: string,
  options: { readonly runs: number; readonly now: Date },
) {
  const db = await openDatabase(url, name);
  const schemas = loadSchemas();
  const encode = createEncoder<AgentEvent>(schemas.agentEvent, EVENT_SCHEMA_ID);
  const container = containerOf(schemas.governedEvent);
  const steps = productionSteps();
  const nowMs = options.now.getTime();
  const fleet = generateFleet({ seed: 7, historyDays: HISTORY_DAYS, ...options });
  let offset = 0;
  let rows = 0;
  for await (const events of fleet.events()) {
    const governed: Buffer[] = [];
    for (const event of events) {
      const source = { partition: 0, offset, previousOffset: offset - 1, timestampMs: nowMs };
      const fate = journey(steps, { ...source, value: encode(event) });
      if (fate.is !== 'row') throw new Error(`the fleet's own event was refused at ${fate.stage}`);
      governed.push(fate.governed);
      offset += 1;
    }
    rows += governed.length;
    const body = container.frame(governed, FRAME_BYTES);
    const token = `fleet:${offset}`;
    await db.ch.insertAvro({
      table: 'events',
      columns: EVENT_COLUMNS,
      body,
      token,
      timeoutMs: 60_000,
    });
  }
  const log = governedLog({ nowMs: nowMs - 1000, source_partition: 1 });
  const markers = [log.marker(), log.marker({ tenant_id: 'acme' })];
  await db.ch.insertAvro({
    table: 'dead_letters',
    columns: DEAD_LETTER_COLUMNS,
    body: containerFor(markers),
    token: 'fleet:dead',
    timeoutMs: 60_000,
  });
  return { ...db, rows };
}
