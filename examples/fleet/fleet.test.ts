// The fleet keeps its word: one seed one history, every planted value somewhere, all kinds of work,
// trouble and breach, events of the size the benchmarks name, and none of them malformed but those
// made so.
import { readdirSync, readFileSync } from 'node:fs';
import { parseAgents } from '@agentspine/enrich/agents';
import { KINDS, type AgentEvent } from '@agentspine/event/agent-event';
import { validate } from '@agentspine/event/validate';
import { MemoryTransport } from '@agentspine/sdk/memory-transport';
import {
  createAgentEventDecoder,
  createAgentEventEncoder,
} from '@agentspine/wire/agent-event-codec';
import { readFrame } from '@agentspine/wire/confluent-frame';
import { createMemoryRegistry } from '@agentspine/wire/memory-registry';
import { loadSchemas } from '@agentspine/wire/schemas';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { generateFleet, type Fleet, type HistoryOptions } from './generate-fleet.ts';
import { startLive } from './live.ts';
import { malformed } from './malformed.ts';
import { PLANTED_TYPES, RULES } from './planted.ts';
import { ROSTER } from './roster.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const DAY_US = 86_400_000_000;

async function all(fleet: Fleet): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const batch of fleet.events()) events.push(...batch);
  return events;
}

function fleetOf(options: Partial<HistoryOptions> = {}): Fleet {
  return generateFleet({ seed: 7, runs: 600, now: NOW, mode: 'history', ...options });
}

const wide = { ingestedAtUs: NOW.getTime() * 1000, futureMaxUs: DAY_US, pastMaxUs: 30 * DAY_US };
const verdict = (event: AgentEvent): string => {
  const checked = validate(event, wide);
  return checked.is === 'ok' ? 'ok' : `${checked.code} ${checked.cause}`;
};

async function wire() {
  const schema = loadSchemas().agentEvent;
  const registry = createMemoryRegistry();
  const id = await registry.register('agent.events-value', schema);
  const decoder = createAgentEventDecoder(schema);
  decoder.add(id, schema);
  return { encode: await createAgentEventEncoder(registry), decoder };
}

describe('a history', () => {
  let fleet: Fleet;
  let events: AgentEvent[];
  beforeAll(async () => {
    fleet = fleetOf();
    events = await all(fleet);
  });

  it('is the same for the same seed, to the byte, and another for another seed', async () => {
    const small = { runs: 60 };
    const one = JSON.stringify(await all(fleetOf(small)));
    expect(JSON.stringify(await all(fleetOf(small)))).toBe(one);
    expect(JSON.stringify(await all(fleetOf({ ...small, seed: 8 })))).not.toBe(one);
  });

  it('passes the worker’s validation, without a repeated id or a gap in any run', () => {
    const next = new Map<string, number>();
    for (const event of events) {
      expect(verdict(event)).toBe('ok');
      if (event.seq === null) continue;
      expect(event.seq).toBe(next.get(event.run_id) ?? 0);
      next.set(event.run_id, event.seq + 1);
    }
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
  });

  it('lies in the week before now, with quiet nights, some of it days after the run it is about', () => {
    const times = events.map((event) => event.event_time);
    const end = NOW.getTime() * 1000;
    expect(Math.max(...times)).toBeLessThanOrEqual(end);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(end - 7 * DAY_US);
    const starts = events.filter((event) => event.kind === 'agent_run' && event.phase === 'start');
    const hours = starts.map((event) => new Date(event.event_time / 1000).getUTCHours());
    const night = hours.filter((hour) => hour >= 1 && hour < 5).length;
    const noon = hours.filter((hour) => hour >= 9 && hour < 13).length;
    expect(noon).toBeGreaterThan(3 * night);
    const ends = new Map(
      events
        .filter((event) => event.kind === 'agent_run' && event.phase === 'end')
        .map((event) => [event.run_id, event.event_time]),
    );
    const late = events.filter(
      (event) =>
        event.kind === 'outcome' &&
        event.event_time - (ends.get(event.run_id) ?? Infinity) > DAY_US,
    );
    expect(late.length).toBeGreaterThan(20);
  });

  it('holds every planted value, and values of every type', async () => {
    expect(new Set(fleet.planted().map(({ type }) => type))).toEqual(new Set(PLANTED_TYPES));
    const small = fleetOf({ runs: 120 });
    const text = Buffer.from(JSON.stringify(await all(small)));
    const planted = small.planted();
    const missing = planted.filter(
      ({ value }) => !text.includes(JSON.stringify(value).slice(1, -1)),
    );
    expect(missing).toEqual([]);
    expect(planted.length).toBeGreaterThan(120);
  });

  it('shows all kinds of work, eight ways to fail, retries and hand-overs', () => {
    const kinds = new Set(events.map((event) => event.kind));
    expect(KINDS.filter((kind) => kind !== 'unknown' && !kinds.has(kind))).toEqual([]);
    const failures = new Set(events.flatMap((event) => event.error_type ?? []));
    expect(failures.size).toBeGreaterThanOrEqual(8);
    const retries = events.filter((event) => event.attempt > 1);
    expect(retries.length).toBeGreaterThan(20);
    const spans = new Set(events.map((event) => event.span_id));
    for (const { links } of retries) {
      expect(links.map(({ rel }) => rel)).toContain('retry_of');
      expect(links.every((link) => spans.has(link.span_id ?? ''))).toBe(true);
    }
    const handoffs = events.filter((event) => event.kind === 'handoff');
    const continued = events.filter((event) => event.parent_remote && event.phase === 'start');
    expect(continued.length).toBeGreaterThan(20);
    const handed = new Set(handoffs.map((event) => event.event_id));
    expect(continued.every((event) => handed.has(event.causation_id ?? ''))).toBe(true);
    const agents = new Set(events.map((event) => event.agent?.id));
    expect(Object.keys(ROSTER).filter((id) => !agents.has(id))).toEqual([]);
  });

  it('breaks every rule of the script, in runs that are there, and the pack has these rules', () => {
    const breaches = fleet.breaches();
    expect(new Set(breaches.map(({ rule }) => rule))).toEqual(new Set(Object.values(RULES)));
    const runs = new Set(events.map((event) => event.run_id));
    expect(breaches.filter(({ runId }) => !runs.has(runId))).toEqual([]);
    const folder = new URL('../../infra/policies/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    const pack = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    expect(Object.values(RULES).filter((id) => !pack.includes(`- id: ${id}\n`))).toEqual([]);
  });

  it('has 8 to 15 events a case and about 800 bytes an event on the wire', async () => {
    const { encode, decoder } = await wire();
    expect(events.length / 600).toBeGreaterThan(8);
    expect(events.length / 600).toBeLessThan(15);
    let bytes = 0;
    for (const event of events) {
      const value = encode(event);
      bytes += value.length;
      const frame = readFrame(value);
      expect(frame.is === 'ok' && decoder.decode(frame.value, value)).toEqual({
        is: 'ok',
        value: event,
      });
    }
    expect(bytes / events.length).toBeGreaterThan(600);
    expect(bytes / events.length).toBeLessThan(1000);
  });

  it('has names in free text, always beside the actor they belong to, unless it is told to have none', async () => {
    const names = (from: Fleet): string[] =>
      from.planted().flatMap(({ type, value }) => (type === 'name' ? value : []));
    const bodyOf = ({ input, output, decision }: AgentEvent): string =>
      [input?.inline, output?.inline, decision?.rationale?.inline].join('\n');
    const small = fleetOf({ runs: 60 });
    const told = (await all(small)).filter((e) => names(small).some((n) => bodyOf(e).includes(n)));
    expect(told.length).toBeGreaterThan(20);
    for (const event of told) expect(bodyOf(event)).toContain(event.actor?.on_behalf_of);
    const silent = fleetOf({ runs: 60, namesInText: false });
    const bodies = (await all(silent)).map(bodyOf).join('\n');
    expect(names(silent).filter((name) => bodies.includes(name))).toEqual([]);
  });
});

describe('the roster', () => {
  it('is what infra/agents tells the worker', () => {
    const text = readFileSync(new URL('../../infra/agents/agents.yaml', import.meta.url), 'utf8');
    const registry = parseAgents(parse(text), (path) => path.join('.'));
    for (const agent of Object.values(ROSTER)) {
      expect(registry.businessOf(agent.id, agent.tenantId)).toEqual({
        registered: true,
        owner: agent.owner,
        team: agent.team,
        criticality: agent.criticality,
        cost_center: agent.costCenter,
        kpi: agent.kpi,
        profile: agent.profile,
        allowed_tools: agent.tools,
        allowed_models: agent.models,
        allowed_regions: agent.regions,
      });
    }
  });
});

describe('malformed records', () => {
  it('each end under the code they name', async () => {
    const { encode, decoder } = await wire();
    for (const { value, code, why } of malformed({ seed: 7, now: NOW, encode })) {
      const frame = readFrame(value);
      const decoded = frame.is === 'ok' ? decoder.decode(frame.value, value) : frame;
      const found = decoded.is === 'ok' ? verdict(decoded.value) : `${decoded.is} ${decoded.code}`;
      expect(`${why}: ${found}`).toContain(code);
    }
  });
});

describe('the live tail', () => {
  it('runs the same agents in real time until the signal, and delivers all it recorded', async () => {
    const transport = new MemoryTransport();
    const stop = new AbortController();
    const live = startLive({
      seed: 3,
      ratePerSecond: 400,
      signal: stop.signal,
      transport,
      graceMs: 300,
    });
    await vi.waitFor(() => expect(transport.events.length).toBeGreaterThan(100), 20_000);
    stop.abort();
    await live.done;
    const stats = Object.values(live.stats());
    const sum = (of: (one: (typeof stats)[number]) => number): number =>
      stats.reduce((total, one) => total + of(one), 0);
    expect(sum((one) => one.delivered)).toBe(transport.events.length);
    expect(sum((one) => one.dropped.buffer_full + one.dropped.deadline)).toBe(0);
    expect(transport.isClosed).toBe(true);
    const text = JSON.stringify(transport.events);
    const seen = live
      .planted()
      .filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1)));
    expect(seen.length).toBeGreaterThan(20);
  });
});
