// Brings up one real stack for all journeys: Kafka, registry, ClickHouse engine, on free ports, in
// a state folder of its own. Every test takes a topic prefix and a database of its own on it
// (pipeline.ts), so files run in any order.
// Example (in a test): inject('brokers')
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, stopStack } from '@agentspine/local-stack/stack';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    brokers: string[];
    registryUrl: string;
    clickhouseUrl: string;
    stackStateDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'spine-journeys-'));
  const end = async (): Promise<void> => {
    await stopStack(stateDir);
    await rm(stateDir, { recursive: true, force: true });
  };
  try {
    const stack = await startStack({
      stateDir,
      ports: { kafka: 0, registry: 0, clickhouse: 0 },
      onProgress: ({ part, step, text }) => {
        if (step === 'download' && text.length < 200) process.stderr.write(`${part}: ${text}\n`);
      },
    });
    project.provide('brokers', [...stack.brokers]);
    project.provide('registryUrl', stack.registryUrl);
    project.provide('clickhouseUrl', stack.clickhouseUrl);
    project.provide('stackStateDir', stateDir);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
