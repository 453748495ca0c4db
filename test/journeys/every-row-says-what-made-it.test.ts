// Promise 3: every row says which schema, policy bundle, key version, price table and Kafka
// position made it.
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { loadRulebook } from '@agentspine/worker-service/load-rulebook';
import { loadSchemas, subjectOf } from '@agentspine/wire/schemas';
import { expect, test } from 'vitest';
import { startPipeline } from './pipeline.ts';

test('a row can be traced to its bytes in Kafka and to the files that governed it', async () => {
  await using pipeline = await startPipeline('lineage');
  const fleet = generateFleet({ seed: 3, runs: 10, now: new Date() });
  let count = 0;
  for await (const events of fleet.events()) {
    await pipeline.publish(events);
    count += events.length;
  }
  await pipeline.stored(count);
  const rulebook = loadRulebook(pipeline.opened.config);
  const schemaId = await pipeline.opened
    .registry()
    .idOf(subjectOf(pipeline.prefix, 'events'), loadSchemas().agentEvent);
  const made = await pipeline.rows(
    'SELECT DISTINCT schema_id, policy_bundle, key_version, price_table, generation FROM events',
  );
  expect(made).toEqual([
    {
      schema_id: schemaId,
      policy_bundle: rulebook.policy.bundleHash,
      key_version: rulebook.keys.version,
      price_table: rulebook.priceTable,
      generation: 1,
    },
  ]);
  const [row] = await pipeline.rows<{
    event_id: string;
    partition: number;
    offset: number;
    at_ms: number;
  }>(
    `SELECT event_id, source_partition AS partition, source_offset AS offset,
            toUnixTimestamp64Milli(ingested_at) AS at_ms FROM events ORDER BY event_id LIMIT 1`,
  );
  if (row === undefined) throw new Error('nothing was stored');
  const records = [];
  const topic = `${pipeline.prefix}.events`;
  for await (const record of pipeline.opened
    .log()
    .readRange(topic, row.partition, row.offset, row.offset + 1)) {
    records.push(record);
  }
  expect(records).toHaveLength(1);
  expect(records[0]?.timestampMs).toBe(row.at_ms);
  expect(records[0]?.value?.includes(row.event_id)).toBe(true);
});
