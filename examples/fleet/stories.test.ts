// The week with stories: each is in the data as stories.ts tells it, from its hour on and not
// before; without them the same week is calm. Also the truth that off-policy estimates are held
// against.
import type { AgentEvent } from '@agentspine/event/agent-event';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseBy } from './choose.ts';
import { Dice } from './dice.ts';
import { generateFleet } from './generate-fleet.ts';
import { AVERAGE_CASE, meanMarginUsd, SETTLEMENTS, type RefundCase } from './refund-margin.ts';
import { AGENT_IDS, type AgentId } from './roster.ts';
import type { Story, StoryName } from './stories.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const DAY_US = 86_400_000_000;
const EVERYDAY = 9_000;

type Week = { readonly events: readonly AgentEvent[]; readonly stories: readonly Story[] };

async function week(withStories: boolean): Promise<Week> {
  const fleet = generateFleet({ seed: 7, runs: 60, everyday: EVERYDAY, withStories, now: NOW });
  const events: AgentEvent[] = [];
  for await (const batch of fleet.events()) events.push(...batch);
  return { events, stories: fleet.stories() };
}

let told: Week;
let calm: Week;
beforeAll(async () => {
  told = await week(true);
  calm = await week(false);
}, 120_000);

const nowUs = NOW.getTime() * 1000;
const isCurrent = (event: AgentEvent): boolean => event.event_time >= nowUs - DAY_US;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const ratio = (events: readonly AgentEvent[], is: (event: AgentEvent) => boolean): number =>
  mean(events.map((event) => (is(event) ? 1 : 0)));

/** A figure of the last day and of what came before the day of the stories. */
function before(
  { events }: Week,
  pick: (event: AgentEvent) => boolean,
  of: (events: readonly AgentEvent[]) => number,
) {
  const picked = events.filter(pick);
  return {
    early: of(picked.filter((event) => event.event_time < nowUs - 31 * (DAY_US / 24))),
    now: of(picked.filter(isCurrent)),
  };
}

const by =
  (agentId: AgentId, kind: AgentEvent['kind']) =>
  (event: AgentEvent): boolean =>
    event.agent?.id === agentId && event.kind === kind;

describe('a week with everyday work', () => {
  it('has of every agent more runs than drift needs: 200 in the last day, 1,000 before', () => {
    for (const { events } of [told, calm]) {
      for (const id of AGENT_IDS) {
        const starts = events.filter((e) => by(id, 'agent_run')(e) && e.phase === 'start');
        expect(starts.filter(isCurrent).length).toBeGreaterThanOrEqual(210);
        expect(starts.filter((e) => !isCurrent(e)).length).toBeGreaterThanOrEqual(1_200);
      }
    }
  });

  it('keeps everyday runs short, free of planted values and of breaches', async () => {
    const options = { seed: 7, runs: 0, now: NOW, withStories: true };
    const fleet = generateFleet({ ...options, everyday: 500 });
    let events = 0;
    for await (const batch of fleet.events()) events += batch.length;
    expect(events / 500).toBeLessThan(5);
    expect(fleet.planted()).toEqual([]);
    expect(fleet.breaches()).toEqual([]);
  });
});

describe('the stories', () => {
  it('name what they are about, one agent each, all of them begun before the last day', () => {
    expect(told.stories.map(({ agentId }) => agentId).toSorted()).toEqual(AGENT_IDS.toSorted());
    for (const { since } of told.stories) {
      expect(since.getTime()).toBeLessThan(NOW.getTime() - DAY_US / 1000);
    }
    expect(calm.stories).toEqual([]);
  });

  it('a new prompt: 15 to 20 points of the tool mix go to the knowledge base', () => {
    const { agentId, cause, subject } = storyOf('prompt-change');
    const isTool = by(agentId, 'tool_call');
    const share = (events: readonly AgentEvent[]): number =>
      ratio(events, (event) => event.tool?.name === subject);
    const { early, now } = before(told, isTool, share);
    expect(now - early).toBeGreaterThan(0.13);
    expect(now - early).toBeLessThan(0.26);
    const versions = (events: readonly AgentEvent[]): number =>
      ratio(events, (event) => event.agent?.prompt_version === cause.value);
    expect(before(told, isTool, versions)).toEqual({ early: 0, now: 1 });
    const quiet = before(calm, isTool, share);
    expect(Math.abs(quiet.now - quiet.early)).toBeLessThan(0.08);
  });

  it('an over-confident model: surer by far, right as often, and the other model as ever', () => {
    const { agentId, cause } = storyOf('overconfident-model');
    const modelOf = new Map(
      told.events
        .filter(by(agentId, 'model_call'))
        .map((event) => [event.run_id, event.model?.request_model]),
    );
    const decided = (model: (name: string | null | undefined) => boolean) => (event: AgentEvent) =>
      by(agentId, 'decision')(event) && model(modelOf.get(event.run_id));
    const sure = (events: readonly AgentEvent[]): number =>
      mean(events.map((event) => event.decision?.confidence ?? NaN));
    const right = new Map(
      told.events.flatMap(({ outcome }) =>
        outcome?.kpi === 'claim_leakage' ? [[outcome.decision_id, outcome.success]] : [],
      ),
    );
    const accuracy = (events: readonly AgentEvent[]): number =>
      ratio(
        events.filter(({ decision }) => right.has(decision?.id ?? '')),
        ({ decision }) => right.get(decision?.id ?? '') === true,
      );
    const boaster = decided((name) => name === cause.value);
    const confidence = before(told, boaster, sure);
    expect(confidence.now - confidence.early).toBeGreaterThan(0.15);
    const outcomes = before(told, boaster, accuracy);
    expect(Math.abs(outcomes.now - outcomes.early)).toBeLessThan(0.12);
    expect(Math.abs(outcomes.early - confidence.early)).toBeLessThan(0.06);
    const other = before(
      told,
      decided((name) => name !== cause.value),
      sure,
    );
    expect(Math.abs(other.now - other.early)).toBeLessThan(0.04);
  });

  it('a slow tool: three times its duration, and the other tool as ever', () => {
    const { agentId, cause } = storyOf('slow-tool');
    const lasts = (tool: boolean) =>
      before(
        told,
        (e) => by(agentId, 'tool_call')(e) && (e.tool?.name === cause.value) === tool,
        (events) => middle(events.map((event) => Number(event.duration_ns))),
      );
    expect(lasts(true).now / lasts(true).early).toBeGreaterThan(2.5);
    expect(lasts(true).now / lasts(true).early).toBeLessThan(3.5);
    expect(lasts(false).now / lasts(false).early).toBeLessThan(1.3);
  });

  it('a leak by retries: several tries a check, each with more tokens, for the same answer', () => {
    const { agentId, cause } = storyOf('retry-leak');
    const calls = by(agentId, 'model_call');
    const retried = before(told, calls, (events) => ratio(events, (e) => e.attempt > 1));
    expect(retried.early).toBeLessThan(0.05);
    expect(retried.now).toBeGreaterThan(0.6);
    const perRun = before(
      told,
      (e) => calls(e) && e.name === 'gpt-4.1',
      (events) =>
        events.reduce((sum, { model }) => sum + (model?.input_tokens ?? 0), 0) /
        new Set(events.map((event) => event.run_id)).size,
    );
    expect(perRun.now / perRun.early).toBeGreaterThan(4);
    const late = told.events.filter((e) => isCurrent(e) && calls(e) && e.attempt > 1);
    expect(ratio(late, (e) => e.links.some(({ rel }) => rel === 'retry_of'))).toBe(1);
    const failed = before(told, calls, (events) =>
      ratio(events, ({ error_type }) => error_type === cause.value),
    );
    expect(failed.now).toBeGreaterThan(0.5);
    const ended = (e: AgentEvent): boolean => by(agentId, 'agent_run')(e) && e.phase === 'end';
    const succeeded = before(told, ended, (events) => ratio(events, (e) => e.status === 'ok'));
    expect(succeeded.now).toBeGreaterThan(0.95);
  });

  it('a version whose refunds cost: the margin falls, with the version of its decisions', () => {
    const { agentId, cause } = storyOf('costly-refunds');
    const isSettlement = (event: AgentEvent): boolean => event.decision?.type === 'settlement';
    const margin = new Map(
      told.events.flatMap(({ outcome }) =>
        outcome?.kpi === 'refund_margin' ? [[outcome.decision_id, outcome.value ?? NaN]] : [],
      ),
    );
    const values = before(told, isSettlement, (events) =>
      mean(events.flatMap(({ decision }) => margin.get(decision?.id ?? '') ?? [])),
    );
    expect(values.early - values.now).toBeGreaterThan(4);
    const versions = (events: readonly AgentEvent[]): number =>
      ratio(events, (e) => e.agent?.id === agentId && e.agent.version === cause.value);
    expect(before(told, isSettlement, versions)).toEqual({ early: 0, now: 1 });
    const late = told.events.filter(({ outcome }) => outcome?.kpi === 'refund_margin');
    const ends = new Map(
      told.events
        .filter(isSettlement)
        .map(({ decision, event_time }) => [decision?.id, event_time]),
    );
    const waited = late.map((e) => e.event_time - (ends.get(e.outcome?.decision_id ?? '') ?? NaN));
    expect(waited.filter((us) => us > DAY_US).length).toBeGreaterThan(50);
    expect(Math.min(...waited)).toBeGreaterThan(0);
  });

  function storyOf(name: StoryName): Story {
    const story = told.stories.find((one) => one.name === name);
    if (story === undefined) throw new RangeError(name);
    return story;
  }
});

describe('logged choices', () => {
  it('say the odds they were drawn with', () => {
    const dice = new Dice(11);
    const scores = [
      ['a', 1],
      ['b', 0],
    ] as const;
    const all = Array.from({ length: 4_000 }, () => chooseBy(dice, scores, { epsilon: 0.1 }));
    const odds = all[0]?.alternatives.map(({ propensity }) => Number(propensity)) ?? [];
    expect(odds.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    const drawn = all.filter(({ chosen }) => chosen === 'a').length / all.length;
    expect(Math.abs(drawn - (odds[0] ?? NaN))).toBeLessThan(0.03);
    for (const { chosen, propensity } of all) {
      expect(propensity).toBe(odds[chosen === 'a' ? 0 : 1]);
    }
  });

  it('carry the value of another policy: weighed by their odds, margins come to the truth', () => {
    const settled = calm.events.flatMap(({ decision, features }) =>
      decision?.type === 'settlement' ? [{ decision, features: features as RefundCase }] : [],
    );
    const value = new Map(
      calm.events.flatMap(({ outcome }) =>
        outcome?.kpi === 'refund_margin' ? [[outcome.decision_id, outcome.value ?? NaN]] : [],
      ),
    );
    const known = settled.filter(({ decision }) => value.has(decision.id));
    for (const settlement of SETTLEMENTS) {
      const weights = known.map(({ decision }) =>
        decision.chosen === settlement ? 1 / (decision.propensity ?? NaN) : 0,
      );
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const estimate =
        known.reduce(
          (total, { decision }, at) => total + (weights[at] ?? 0) * (value.get(decision.id) ?? NaN),
          0,
        ) / sum;
      expect(Math.abs(estimate - meanMarginUsd(settlement, AVERAGE_CASE))).toBeLessThan(2);
    }
  });
});

function middle(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? NaN;
}
