// Stories and alarms come together by agent and by what moved.
import type { Story } from '@agentspine/fleet/stories';
import { storiesUntil } from '@agentspine/fleet/stories';
import { expect, test } from 'vitest';
import { matchStories, type Alarm } from './match-stories.ts';

const stories = storiesUntil(1_795_000_000_000_000);
const storyOf = (name: Story['name']): Story => stories.find((one) => one.name === name) as Story;

function alarm(about: Story, fields: Partial<Alarm>): Alarm {
  return {
    tenant_id: about.tenantId,
    agent_id: about.agentId,
    rule_id: 'DRIFT',
    kind: 'drift',
    severity: 'medium',
    summary: '',
    cause: '',
    labels: {},
    example_runs: [],
    ...fields,
  };
}

const slow = storyOf('slow-tool');

test('an alarm finds the story of its agent, and only where the same thing moved', () => {
  const moved = alarm(slow, { labels: { dimension: 'latency_ns' } });
  const other = alarm(slow, { labels: { dimension: 'decision' } });
  const elsewhere = alarm(storyOf('retry-leak'), { labels: { dimension: 'latency_ns' } });
  const found = matchStories(stories, [other, elsewhere, moved]).filter((one) => one.alarm);
  expect(found).toEqual([{ story: slow, alarm: moved, namesCause: false, others: 1 }]);
});

test('of several alarms the one that names the cause comes first, then the plainest', () => {
  const grave = alarm(slow, { severity: 'critical', labels: { dimension: 'latency_ns' } });
  const named = alarm(slow, { cause: 'tool match_devices explains 97 %', labels: grave.labels });
  const ruled = alarm(slow, {
    kind: 'threshold',
    rule_id: 'TOOL-SLOW',
    severity: 'high',
    labels: { subject: 'match_devices' },
  });
  expect(matchStories([slow], [grave, named])[0]).toMatchObject({ alarm: named, namesCause: true });
  expect(matchStories([slow], [ruled, named])[0]).toMatchObject({ alarm: named, others: 1 });
  expect(matchStories([slow], [grave, ruled])[0]).toMatchObject({ alarm: ruled, namesCause: true });
  expect(matchStories([slow], [grave])[0]).toMatchObject({ alarm: grave, namesCause: false });
});

test('a story that nothing found says so', () => {
  expect(matchStories([slow], [])).toEqual([
    { story: slow, alarm: undefined, namesCause: false, others: 0 },
  ]);
});

test('the same agent of another tenant is another agent', () => {
  const other = alarm(slow, { tenant_id: 'elsewhere', labels: { dimension: 'latency_ns' } });
  expect(matchStories([slow], [other])[0]?.alarm).toBeUndefined();
});
