// Promise 2: none of the fleet's personal values and secrets is found by a plain byte search
// through the governed topics' log segments, every column of every table, all logs and all metrics.
// Known from the fleet's own memory, not from the pipeline.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { malformed } from '@agentspine/fleet/malformed';
import type { Planted } from '@agentspine/fleet/planted';
import { readPart } from '@agentspine/local-stack/part';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import { expect, inject, test } from 'vitest';
import { startPipeline, type Pipeline } from './pipeline.ts';

test('no planted value in governed topics, tables, logs or metrics', async () => {
  await using pipeline = await startPipeline('private');
  const fleet = generateFleet({ seed: 77, runs: 150, now: new Date() });
  let count = 0;
  for await (const events of fleet.events()) {
    await pipeline.publish(events);
    count += events.length;
  }
  const encode = await createAgentEventEncoder(pipeline.opened.registry(), pipeline.prefix);
  const broken = malformed({ seed: 77, now: new Date(), encode });
  await pipeline.publishRaw(broken.map(({ value }) => value));
  await pipeline.stored(count + broken.length);

  const planted = distinct(fleet.planted());
  expect(planted.length).toBeGreaterThan(100);
  // The search itself works: the raw topic holds every one of them.
  const raw = segments(pipeline, ['events']);
  expect(found(raw, planted)).toHaveLength(planted.length);

  const places = {
    'governed log segments': segments(pipeline, ['governed', 'deadletters', 'violations']),
    'every column of every table': await tables(pipeline),
    logs: logs(pipeline),
    metrics: await metrics(pipeline),
  };
  for (const [place, bytes] of Object.entries(places)) {
    expect(bytes.length, place).toBeGreaterThan(500);
    expect([place, found(bytes, planted)]).toEqual([place, []]);
  }
  // What replaced them is there, and joins: one value, one token.
  const [tokens] = await pipeline.rows<{ n: number }>(
    `SELECT countIf(match(input, 'pii_[a-z0-9_]+_k1_[A-Za-z0-9_-]{22}')) AS n FROM events`,
  );
  expect(tokens?.n).toBeGreaterThan(50);
});

function distinct(planted: readonly Planted[]): Planted[] {
  return [...new Map(planted.map((one) => [one.value, one])).values()];
}

function found(bytes: Buffer, planted: readonly Planted[]): string[] {
  return planted
    .filter(({ value }) => bytes.includes(value))
    .map(({ type, value }) => `${type} ${value}`);
}

/** The broker's own files of this pipeline's topics. */
function segments(pipeline: Pipeline, suffixes: readonly string[]): Buffer {
  const data = join(inject('stackStateDir'), 'kafka');
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter(
    (entry) =>
      entry.isFile() &&
      entry.name.endsWith('.log') &&
      suffixes.some((suffix) => entry.parentPath.includes(`${pipeline.prefix}.${suffix}-`)),
  );
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
}

/** Everything in the database as bytes. */
async function tables(pipeline: Pipeline): Promise<Buffer> {
  const { database } = pipeline.opened.config.clickhouse;
  const names = await pipeline.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${database}' AND engine LIKE '%MergeTree'`,
  );
  expect(names.length).toBeGreaterThan(6);
  const texts: string[] = [];
  for (const { name } of names) {
    const rows = await pipeline.rows<object>(`SELECT * FROM ${name}`);
    texts.push(
      ...rows.map((row) =>
        Object.values(row)
          .map((value) => plain(value))
          .join('\n'),
      ),
    );
  }
  return Buffer.from(texts.join('\n'));
}

/** A value as its characters, not as JSON, whose escapes could hide what is searched. */
function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, child]) => `${key}\n${plain(child)}`)
    .join('\n');
}

function logs(pipeline: Pipeline): Buffer {
  const folders = [join(pipeline.stateDir, 'logs'), join(inject('stackStateDir'), 'logs')];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return Buffer.concat(files.map((file) => readFileSync(file)));
}

async function metrics(pipeline: Pipeline): Promise<Buffer> {
  const texts = await Promise.all(
    ['worker', 'sink'].map(async (service) => {
      const part = await readPart(pipeline.stateDir, service);
      return (await fetch(`${part?.url}/metrics`)).text();
    }),
  );
  return Buffer.from(texts.join('\n'));
}
