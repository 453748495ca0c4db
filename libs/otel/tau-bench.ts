// Maps tau-bench trajectories to AgentEvents: per run a start, an end and the reward as an outcome;
// an event per message, per tool call with its answer, and a decision per choice of the agent.
// Guarantees: every message, call and reward is there exactly once; importing twice gives the same
// ids; what no field fits is in attributes. The file has no clock: times are synthetic, and marked.
// Count messages by correlation['message.role'], calls by kind tool_call, rewards by kind outcome.
// Example: mapTauBench(parsed, { tenantId: 'acme', source: 'runs.json', baseTimeUs: 1.7e15 })
import type { AgentEvent } from '@agentspine/event/agent-event';
import { exactJsonText } from './exact-json.ts';
import { inside, wantArray } from './json-shape.ts';
import { nameHash } from './name-ids.ts';
import { readTauRun } from './tau-run.ts';
import { tauRunEvents } from './tau-run-events.ts';

export type TauOptions = {
  readonly tenantId: string;
  /** Name of the file, without folders; part of every id. */
  readonly source: string;
  /** When the first run starts, in microseconds since 1970. Does not enter the ids. */
  readonly baseTimeUs: number;
  /** Id of the agent in the agent registry; by default tau-bench/<source without extension>. */
  readonly agentId?: string;
};

/** Runs start a minute apart, and a run's events follow each other by a second. */
const RUN_APART_US = 60_000_000;

/** @throws SpineError SPINE_IMPORT_FORMAT naming the place, what was wanted and what was found */
export function mapTauBench(file: unknown, options: TauOptions): AgentEvent[] {
  const root = { file: options.source, path: '$' };
  const elements = Array.isArray(file) ? file : [file];
  return wantArray(elements, root).flatMap((element, index) => {
    const place = Array.isArray(file) ? inside(root, index) : root;
    const run = readTauRun(element, place);
    const { tenantId, source } = options;
    const content = exactJsonText(element);
    return tauRunEvents(run, {
      tenantId,
      source,
      path: place.path,
      agentId: options.agentId ?? defaultAgentId(source),
      runHash: nameHash(['tau-bench', tenantId, source, String(index), content]),
      startTimeUs: options.baseTimeUs + index * RUN_APART_US,
    });
  });
}

function defaultAgentId(source: string): string {
  const stem = source.replace(/\.jsonl?$/i, '').replaceAll(/[^A-Za-z0-9._:/-]/g, '-');
  return `tau-bench/${stem}`.slice(0, 128);
}
