// What the benchmarks run on: the demo fleet's events, encoded, and the worker's steps as
// production binds them.
// Example: const { values, steps, decoder } = await fleetLoad({ events: 5_000 })
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@agentspine/config/load-config';
import type { AgentEvent } from '@agentspine/event/agent-event';

import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { createKeyring } from '@agentspine/keys/keyring-file';
import { createAgentEventDecoder } from '@agentspine/wire/agent-event-codec';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { createGovernedEncoder } from '@agentspine/wire/governed-encoder';
import { loadSchemas } from '@agentspine/wire/schemas';
import type { Source, Steps } from '@agentspine/worker-service/journey';
import { loadRulebook } from '@agentspine/worker-service/load-rulebook';
import { bindSteps } from '@agentspine/worker-service/steps';

export const EVENT_SCHEMA_ID = 1;
export const GOVERNED_SCHEMA_ID = 2;

export type FleetLoad = {
  readonly events: readonly AgentEvent[];
  /** Framed Kafka values of the events. */
  readonly values: readonly Buffer[];
  readonly sources: readonly Source[];
  readonly steps: Steps;
};

export async function fleetEvents(count: number, seed = 7): Promise<AgentEvent[]> {
  const fleet = generateFleet({ seed, runs: Math.ceil(count / 8), now: new Date() });
  const events: AgentEvent[] = [];
  for await (const batch of fleet.events()) {
    events.push(...batch);
    if (events.length >= count) break;
  }
  return events.slice(0, count);
}

export async function fleetLoad({
  events: count,
}: {
  readonly events: number;
}): Promise<FleetLoad> {
  const events = await fleetEvents(count);
  const schemas = loadSchemas();
  const encode = createEncoder<AgentEvent>(schemas.agentEvent, EVENT_SCHEMA_ID);
  const values = events.map(encode);
  const nowMs = Date.now();
  const sources = values.map((value, offset): Source => {
    return { partition: 0, offset, previousOffset: offset - 1, timestampMs: nowMs, value };
  });
  return { events, values, sources, steps: productionSteps() };
}

/** The steps as services/worker/start.ts binds them, on the files this repository ships. */
export function productionSteps(): Steps {
  const folder = mkdtempSync(join(tmpdir(), 'spine-bench-'));
  try {
    const keyFile = createKeyring(join(folder, 'keys.json'), new Date());
    const config = loadConfig({
      env: { SPINE_PRIVACY_KEY_FILE: keyFile },
      readFile: () => '',
    });
    const rulebook = loadRulebook(config);
    const schemas = loadSchemas();
    const decoder = createAgentEventDecoder(schemas.agentEvent);
    decoder.add(EVENT_SCHEMA_ID, schemas.agentEvent);
    return bindSteps({
      decoder,
      enrich: rulebook.enrich,
      pseudonymize: rulebook.pseudonymize,
      judge: rulebook.policy.judge,
      encodeGoverned: createGovernedEncoder(schemas.governedEvent, GOVERNED_SCHEMA_ID),
      limits: { recordBytesMax: 1_048_576, futureMaxUs: 86_400e6, pastMaxUs: 3650 * 86_400e6 },
      made: {
        generation: 1,
        policy_bundle: rulebook.policy.bundleHash,
        key_version: rulebook.keys.version,
        price_table: rulebook.priceTable,
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
