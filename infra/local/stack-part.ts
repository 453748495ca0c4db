// Starts one part of the stack on a port that suits: recognises the one that already runs, takes
// the port asked for or a free one, and tries another where the port was lost between choosing and
// listening. Guarantees at most three tries.
// Example: const { state, already } = await startStackPart('kafka', run);

import { isSpineError, SpineError } from '@agentspine/outcome/errors';
import { CLICKHOUSE_PORT, clickhousePart, probeClickhouse } from './clickhouse.ts';
import { KAFKA_PORT, kafkaPart } from './kafka.ts';
import { probeKafka } from './kafka-probe.ts';
import { readPart, type PartSpec, type PartState, startPart, waitReady } from './part.ts';
import { claimPort } from './port-claims.ts';
import { choosePort, type PortWish } from './ports.ts';
import { isAlive } from './process-identity.ts';
import { probeRegistry, REGISTRY_PORT, registryPart } from './registry.ts';

export const PARTS = ['kafka', 'registry', 'clickhouse'] as const;
export type PartName = (typeof PARTS)[number];

export type StackRun = {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly ports: { readonly [part in PartName]?: number };
  readonly readyTimeoutMs: number;
  /** Ports given away in this run, or found to be claimed by another. */
  readonly taken: Set<number>;
  /** To be released when the run ends. */
  readonly claimed: number[];
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
    const wish = { part, asked, earlier: earlier?.port, usual: USUAL[part] };
    const port = await takePort(wish, run);
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
      return probeKafka('127.0.0.1', state.port ?? 0, state.identity);
    case 'registry':
      return probeRegistry(state.url ?? '', state.identity);
    case 'clickhouse':
      return probeClickhouse(state.url ?? '', state.identity);
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

/** A port that is free and that no other start is about to take. */
async function takePort(wish: Omit<PortWish, 'avoid'>, run: StackRun): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = await choosePort({ ...wish, avoid: run.taken });
    run.taken.add(port);
    if (await claimPort(port)) {
      run.claimed.push(port);
      return port;
    }
    if (wish.asked === port) break;
  }
  throw new SpineError('SPINE_STACK_PORT', {
    wanted: `a port for ${wish.part}`,
    found: 'another start is taking it',
    where: `127.0.0.1:${wish.asked ?? wish.usual}`,
  });
}

async function specOf(part: PartName, port: number, run: StackRun): Promise<PartSpec> {
  const { stateDir, cacheDir, readyTimeoutMs } = run;
  const say = (text: string): void => {
    run.report(part, 'download', text);
  };
  const wish = { stateDir, cacheDir, port, readyTimeoutMs, say };
  switch (part) {
    case 'kafka': {
      const controllerPort = await takePort({ part: 'kafka controller' }, run);
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
