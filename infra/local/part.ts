// Supervision of one process: start it apart from the caller, wait until it truly answers, find it
// again from another process, stop it. Serves the stack's parts and the project's own services
// alike. Guarantees: a process is known by pid and birth; stopping twice is harmless; a process
// that dies while it starts is reported with the last lines of its log.
// Example: await startPart(stateDir, { name: 'sink', command: process.execPath, args:
// ['services/sink/main.ts'], ready });

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SpineError } from '@agentspine/outcome/errors';
import { logPath, tailLog } from './part-log.ts';
import { birthOf, isAlive, residentBytes, signal } from './process-identity.ts';

export type PartSpec = {
  /** Unique in the state folder; also the name of the log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the caller's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly port?: number;
  readonly url?: string;
  /** What the part answers to be told from a stranger on the same port. */
  readonly identity?: string;
  /**
   * True after a real round trip; a text says what is still missing. Must not throw on a refused
   * connection.
   */
  ready(): Promise<boolean | string>;
  readonly readyTimeoutMs: number;
};

export type PartState = {
  readonly name: string;
  readonly pid: number;
  /** Opaque; see process-identity.ts. */
  readonly birth: string;
  readonly startedAtMs: number;
  readonly port?: number;
  readonly url?: string;
  readonly identity?: string;
  readonly logFile: string;
  /** Size of the log when this process began: what lies before is an earlier one's. */
  readonly logStart: number;
};

export type PartStatus = {
  readonly name: string;
  readonly status: 'running' | 'starting' | 'crashed' | 'stopped';
  /** What the round trip said, where it did not succeed. */
  readonly problem?: string;
  readonly pid?: number;
  readonly port?: number;
  readonly url?: string;
  readonly uptimeMs?: number;
  readonly residentBytes?: number;
  readonly logFile: string;
  /** Only for crashed parts. */
  readonly lastLines?: readonly string[];
};

const POLL_MS = 50;
const CRASH_LINES = 20;
/** A larger log is put aside at the next start, once. */
const LOG_KEPT_BYTES = 20e6;

/**
 * Returns at once with `already: true` where the part runs and answers. Throws SPINE_STACK_CRASHED
 * or _TIMEOUT.
 */
export async function startPart(
  stateDir: string,
  spec: PartSpec,
): Promise<{ state: PartState; already: boolean }> {
  const known = await readPart(stateDir, spec.name);
  if (known !== undefined && (await isAlive(known))) {
    await waitReady(stateDir, known, spec);
    return { state: known, already: true };
  }
  const state = await launch(stateDir, spec);
  try {
    await waitReady(stateDir, state, spec);
  } catch (error) {
    await stopPart(stateDir, spec.name, { graceMs: 2_000, keepRecord: true });
    throw error;
  }
  return { state, already: false };
}

/** SIGTERM, wait, SIGKILL, wait. True where a process was stopped. */
export async function stopPart(
  stateDir: string,
  name: string,
  options: { graceMs?: number; keepRecord?: boolean } = {},
): Promise<boolean> {
  const state = await readPart(stateDir, name);
  if (state === undefined) return false;
  const wasAlive = await signal(state, 'SIGTERM');
  if (wasAlive && !(await waitGone(state, options.graceMs ?? 15_000))) {
    await signal(state, 'SIGKILL');
    await waitGone(state, 10_000);
  }
  if (options.keepRecord !== true) await rm(recordPath(stateDir, name), { force: true });
  return wasAlive;
}

/** `ready` is asked where a process lives; without it a living process counts as running. */
export async function partStatus(
  stateDir: string,
  name: string,
  ready?: (state: PartState) => Promise<boolean | string>,
): Promise<PartStatus> {
  const logFile = logPath(stateDir, name);
  const state = await readPart(stateDir, name);
  if (state === undefined) return { name, status: 'stopped', logFile };
  const { pid } = state;
  const place = {
    ...(state.port === undefined ? {} : { port: state.port }),
    ...(state.url === undefined ? {} : { url: state.url }),
  };
  if (!(await isAlive(state))) {
    const lastLines = await tailLog(stateDir, name, CRASH_LINES, state.logStart);
    return { name, status: 'crashed', pid, logFile, lastLines, ...place };
  }
  const answer = ready === undefined ? true : await asked(() => ready(state));
  const rss = await residentBytes(pid);
  return {
    name,
    status: answer === true ? 'running' : 'starting',
    ...(answer === true ? {} : { problem: answer === false ? 'does not answer' : answer }),
    pid,
    uptimeMs: Date.now() - state.startedAtMs,
    ...(rss === undefined ? {} : { residentBytes: rss }),
    logFile,
    ...place,
  };
}

/** What was recorded at the start; says nothing of whether it lives. */
export async function readPart(stateDir: string, name: string): Promise<PartState | undefined> {
  try {
    return JSON.parse(await readFile(recordPath(stateDir, name), 'utf8')) as PartState;
  } catch {
    return undefined;
  }
}

async function launch(stateDir: string, spec: PartSpec): Promise<PartState> {
  const logFile = logPath(stateDir, spec.name);
  mkdirSync(join(stateDir, 'logs'), { recursive: true });
  if (sizeOf(logFile) > LOG_KEPT_BYTES) renameSync(logFile, `${logFile}.1`);
  const logStart = sizeOf(logFile);
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...spec.env },
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    const failed = new Promise<Error>((resolve) => {
      child.once('error', resolve);
    });
    child.unref();
    if (child.pid === undefined) throw notStarted(spec, await failed);
    const birth = (await birthOf(child.pid)) ?? 'never seen alive';
    const state: PartState = {
      name: spec.name,
      pid: child.pid,
      birth,
      startedAtMs: Date.now(),
      ...(spec.port === undefined ? {} : { port: spec.port }),
      ...(spec.url === undefined ? {} : { url: spec.url }),
      ...(spec.identity === undefined ? {} : { identity: spec.identity }),
      logFile,
      logStart,
    };
    await writeJson(recordPath(stateDir, spec.name), state);
    return state;
  } finally {
    closeSync(log);
  }
}

/** Waits until a living process answers. Throws SPINE_STACK_CRASHED or _TIMEOUT. */
export async function waitReady(
  stateDir: string,
  state: PartState,
  spec: Pick<PartSpec, 'name' | 'ready' | 'readyTimeoutMs'>,
): Promise<void> {
  const deadline = Date.now() + spec.readyTimeoutMs;
  let missing = 'no answer yet';
  while (Date.now() < deadline) {
    const answer = await asked(spec.ready);
    if (answer === true) return;
    if (typeof answer === 'string') missing = answer;
    if (!(await isAlive(state))) throw await crashed(stateDir, state);
    await delay(POLL_MS);
  }
  throw new SpineError('SPINE_STACK_TIMEOUT', {
    wanted: `${spec.name} ready within ${Math.round(spec.readyTimeoutMs / 1000)} s`,
    found: missing,
    where: state.logFile,
  });
}

async function asked(ready: () => Promise<boolean | string>): Promise<boolean | string> {
  try {
    return await ready();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function crashed(stateDir: string, state: PartState): Promise<SpineError> {
  const lines = await tailLog(stateDir, state.name, CRASH_LINES, state.logStart);
  const silent = lines.length === 0;
  return new SpineError('SPINE_STACK_CRASHED', {
    wanted: `${state.name} to start`,
    found: silent
      ? 'that it ended without a word'
      : `that it ended, saying:\n${lines.join('\n')}\n`,
    where: state.logFile,
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function notStarted(spec: PartSpec, cause: Error): SpineError {
  return new SpineError('SPINE_STACK_CRASHED', {
    wanted: `${spec.name} to start`,
    found: cause.message,
    where: spec.command,
    cause,
  });
}

async function waitGone(state: PartState, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isAlive(state)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

function recordPath(stateDir: string, name: string): string {
  return join(stateDir, 'parts', `${name}.json`);
}

/** Whole or not at all: a reader never sees half a file. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`);
  await rename(draft, path);
}
