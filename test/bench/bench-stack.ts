// A real stack for one benchmark, in a state folder of its own, with topics, subjects, tables and
// keys; gone afterwards.
// Example: await using stack = await benchStack({ services: [] }); await stack.publish(values)
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringUp } from '@agentspine/cli-service/bring-up';
import type { Opened } from '@agentspine/cli-service/open';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { readPart } from '@agentspine/local-stack/part';
import { stopStack } from '@agentspine/local-stack/stack';
import { keyOf } from '@agentspine/sdk/kafka-transport';
import { partitionOf } from '@agentspine/sdk/murmur2';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';

export type BenchStack = {
  readonly opened: Opened;
  readonly stateDir: string;
  readonly configFile: string;
  /** Sends events to agent.events, keyed and partitioned as the SDK does. */
  publish(events: readonly AgentEvent[]): Promise<void>;
  /** Records a topic has taken so far. */
  taken(suffix: string): Promise<number>;
  /** CPU seconds a part has used so far, user and system. */
  cpuSeconds(part: string): Promise<number>;
  residentMb(part: string): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
};

const TICKS_PER_SECOND = 100;

export async function benchStack({
  hasServices,
}: {
  readonly hasServices: boolean;
}): Promise<BenchStack> {
  const stateDir = await mkdtemp(join(tmpdir(), 'spine-bench-'));
  const ports = { kafka: 0, registry: 0, clickhouse: 0 };
  const up = await bringUp({ stateDir, cwd: process.cwd(), env: {}, ports, hasServices });
  const { opened } = up;
  const { prefix, partitions } = opened.config.topics;
  const encode = await createAgentEventEncoder(opened.registry(), prefix);
  const writer = await opened.log().writer();
  const admin = await opened.log().admin();
  const stat = async (part: string): Promise<string[]> => {
    const { pid } = (await readPart(stateDir, part)) ?? { pid: 0 };
    // Behind the command's name in parentheses: state is field 3 of proc(5).
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  };
  return {
    opened,
    stateDir,
    configFile: up.configFile,
    publish: (events) =>
      writer.send(
        events.map((event) => {
          const key = keyOf(event);
          const partition = partitionOf(key, partitions);
          return { topic: `${prefix}.events`, partition, key, value: encode(event) };
        }),
      ),
    taken: async (suffix) => {
      const offsets = (await admin.offsets(`${prefix}.${suffix}`)) ?? [];
      return offsets.reduce((sum, { high }) => sum + high, 0);
    },
    cpuSeconds: async (part) => {
      const fields = await stat(part);
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    residentMb: async (part) => (Number((await stat(part))[21]) * 4096) / 1e6,
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await writer.close();
      await opened.close();
      await stopStack(stateDir);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export async function until(isSo: () => Promise<boolean>, pauseMs = 50): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
