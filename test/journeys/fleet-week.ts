// A week of the demo's fleet in the tables, without Kafka: through the worker's own steps, then
// into the engine as the sink puts it.
// Guarantees: taken in when they happened, as if the pipeline had run all week; the rows are those
// of the pipeline, for they are made by the same functions on the files this repository ships.
// Example: const { stories } = await insertWeek(db.ch, { nowMs, runs: 600, everyday: 9_000,
//   withStories: true })
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { generateFleet, type HistoryOptions } from '@agentspine/fleet/generate-fleet';
import type { Story } from '@agentspine/fleet/stories';
import { containerOf } from '@agentspine/wire/avro-container';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { loadSchemas } from '@agentspine/wire/schemas';
import { journey } from '@agentspine/worker-service/journey';
import { EVENT_SCHEMA_ID, productionSteps } from '../bench/fleet-load.ts';
import { EVENT_COLUMNS } from './governed-rows.ts';

const ROWS_PER_INSERT = 8_000;

export type Week = { readonly stories: readonly Story[]; readonly rows: number };

export async function insertWeek(
  ch: ClickHouse,
  { nowMs, ...options }: Omit<HistoryOptions, 'now' | 'seed'> & { nowMs: number },
): Promise<Week> {
  const schemas = loadSchemas();
  const encode = createEncoder<AgentEvent>(schemas.agentEvent, EVENT_SCHEMA_ID);
  const container = containerOf(schemas.governedEvent);
  const steps = productionSteps();
  const fleet = generateFleet({ ...options, seed: 7, now: new Date(nowMs) });
  let waiting: Buffer[] = [];
  let rows = 0;
  const insert = async (): Promise<void> => {
    const body = container.frame(waiting, FRAME_BYTES);
    const token = `week:${rows}`;
    await ch.insertAvro({
      table: 'events',
      columns: EVENT_COLUMNS,
      body,
      token,
      timeoutMs: 60_000,
    });
    waiting = [];
  };
  for await (const events of fleet.events()) {
    for (const event of events) {
      const place = { partition: 0, offset: rows, previousOffset: rows - 1 };
      const fate = journey(steps, {
        ...place,
        timestampMs: event.event_time / 1000,
        value: encode(event),
      });
      if (fate.is !== 'row') throw new Error(`${fate.stage} refused an event of the fleet`);
      waiting.push(fate.governed);
      rows += 1;
    }
    if (waiting.length >= ROWS_PER_INSERT) await insert();
  }
  if (waiting.length > 0) await insert();
  return { stories: fleet.stories(), rows };
}
