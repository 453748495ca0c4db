// Starts one part of the stack on a port that suits: recognises the one that already runs, takes
// the port asked for or a free one, and tries another where the port was lost between choosing and
// listening. Guarantees at most three tries.
// Example: const { state, already } = await startStackPart('kafka', run);

import { isSpineError, SpineError } from '@agentspine/outcome/errors';
import { CLICKHOUSE_PORT, clickhousePart, probeClickhouse } from './clickhouse.ts';
import { KAFKA_PORT, kafkaPart } from './kafka.ts';
import { probeKafka } from './kafka-probe.ts';
import { readPart, type PartSpec, type PartState, startPart, waitReady } from './part.ts';
import { choosePort } from './ports.ts';
import { isAlive } from './process-identity.ts';
import { probeRegistry, REGISTRY_PORT, registryPart } from './registry.ts';

export const PARTS = ['kafka', 'registry', 'clickhouse'] as const;
export type PartName = (typeof PARTS)[number];

export type StackRun = {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly ports: { readonly [part in PartName]?: number };
  readonly readyTimeoutMs: number;
  /** Ports given away in this run. */
  readonly taken: Set<number>;
  report(part: string, step: 'download' | 'start' | 'ready' | 'already', text: string): void;
};

const USUAL: Record<PartName, number> = {
  kafka: KAFKA_PORT,
  registry: REGISTRY_PORT,
  clickhouse: CLICKHOUSE_PORT,
};
const TRIES = 3;
const PORT_LOST = /EADDRINUSE|BindException|Address already in use|in use by another process/i;

type Started = { state: PartState; already: boolean };

export async function startStackPart(part: PartName, run: StackRun): Promise<Started> {
  const earlier = await readPart(run.stateDir, part);
  const asked = run.ports[part] === 0 ? undefined : run.ports[part];
  if (earlier !== undefined && (await isAlive(earlier))) return joinRunning(part, run, earlier);
  for (let tries = 1; ; tries += 1) {
    const port = await takePort(part, run, earlier?.port);
    const spec = await specOf(part, port, run);
    run.report(part, 'start', `port ${port}`);
    try {
      const { state } = await startPart(run.stateDir, spec);
      run.report(part, 'ready', spec.url ?? '');
      return { state, already: false };
    } catch (error) {
      const lostPort = isSpineError(error) && PORT_LOST.test(error.message);
      if (!lostPort || asked !== undefined || tries >= TRIES) throw error;
    }
  }
}

/** One real round trip to a living part: true, or what is missing. */
export async function probePart(part: PartName, state: PartState): Promise<true | string> {
  switch (part) {
    case 'kafka':
      return probeKafka('127.0.0.1', state.port ?? 0);
    case 'registry':
      return probeRegistry(state.url ?? '');
    case 'clickhouse':
      return probeClickhouse(state.url ?? '');
    default:
      return part satisfies never;
  }
}

async function joinRunning(part: PartName, run: StackRun, state: PartState): Promise<Started> {
  const asked = run.ports[part];
  if (asked !== undefined && asked !== 0 && asked !== state.port) {
    throw new SpineError('SPINE_STACK_PORT', {
      wanted: `${part} on port ${asked}`,
      found: `it runs on port ${state.port}`,
      hint: 'Run `spine down` first.',
    });
  }
  if (state.port !== undefined) run.taken.add(state.port);
  const ready = (): Promise<true | string> => probePart(part, state);
  await waitReady(run.stateDir, state, { name: part, ready, readyTimeoutMs: run.readyTimeoutMs });
  run.report(part, 'already', state.url ?? '');
  return { state, already: true };
}

async function takePort(
  part: PartName,
  run: StackRun,
  earlier: number | undefined,
): Promise<number> {
  const asked = run.ports[part];
  const wish = { part, asked, earlier, usual: USUAL[part], avoid: run.taken };
  const port = await choosePort(wish);
  run.taken.add(port);
  return port;
}

async function specOf(part: PartName, port: number, run: StackRun): Promise<PartSpec> {
  const { stateDir, cacheDir, readyTimeoutMs } = run;
  const say = (text: string): void => {
    run.report(part, 'download', text);
  };
  const wish = { stateDir, cacheDir, port, readyTimeoutMs, say };
  switch (part) {
    case 'kafka': {
      const controllerPort = await choosePort({ part: 'kafka controller', avoid: run.taken });
      run.taken.add(controllerPort);
      return kafkaPart({ ...wish, controllerPort });
    }
    case 'registry':
      return registryPart(wish);
    case 'clickhouse':
      return clickhousePart(wish);
    default:
      return part satisfies never;
  }
}
