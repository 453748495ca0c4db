// The examples of docs/sdk.md, run one after the other as a reader would: in one module, against a
// transport in memory.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connect, type Spine } from './connect.ts';
import { MemoryTransport } from './memory-transport.ts';
import { connectKafka } from './connect-kafka.ts';

const page = readFileSync(new URL('../../docs/sdk.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

type Body = (parts: object) => Promise<{ spine: Spine }>;

async function compile(): Promise<{ run: Body; remove: () => Promise<void> }> {
  // The first example connects to Kafka; the others run on a spine in memory.
  const [, ...rest] = examples;
  const folder = await mkdtemp(join(import.meta.dirname, '.docs-'));
  const file = join(folder, 'page.ts');
  await writeFile(
    file,
    `export async function run({ spine, connect, transport }) {\n${rest.join('\n')}\nreturn { answer, dropped, delivered, left, tries };\n}\n`,
  );
  const module = (await import(file)) as { run: Body };
  return { run: module.run, remove: () => rm(folder, { recursive: true }) };
}

it('the page has an example of each part', () => {
  expect(examples.length).toBe(7);
});

it('its examples run, deliver everything and drop only what they say', async () => {
  const transport = new MemoryTransport();
  const spine = connect({
    tenantId: 'acme-retail',
    service: 'concierge',
    environment: 'prod',
    agent: { id: 'support-concierge' },
    transport,
  });
  const { run, remove } = await compile();
  try {
    const result = await run({ spine, connect, transport });
    expect(result).toMatchObject({ left: 0, tries: 2, answer: expect.stringContaining('sorry') });
  } finally {
    await remove();
  }
  const stats = spine.stats();
  expect(stats.delivered).toBe(stats.recorded);
  const kinds = new Set(transport.events.map((event) => event.kind));
  for (const kind of ['tool_call', 'model_call', 'decision', 'retrieval', 'handoff', 'outcome']) {
    expect(kinds).toContain(kind);
  }
  // Two of the memory searches are on the page; the one under the redact hook must not arrive.
  expect(transport.events.filter((event) => event.kind === 'memory')).toHaveLength(1);
});

it('connecting returns at once, holds events while Kafka is away, and closes within its deadline', async () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const spine = connectKafka({
    tenantId: 'acme-retail',
    service: 'concierge',
    environment: 'prod',
    brokers: ['127.0.0.1:1'],
    clientId: 'concierge',
    registryUrl: 'http://127.0.0.1:1',
    logger,
    onProblem: () => {},
    onDrop: () => {},
  });
  expect(await spine.run({}, () => 'fine')).toBe('fine');
  expect(spine.stats().buffered).toBe(2);
  expect(await spine.close(300)).toEqual({ delivered: 0, left: 2 });
  expect(spine.stats().dropped.deadline).toBe(2);
});
