// The rhythm of the drift watch, over a store that answers nothing or not at all.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { SpineError } from '@agentspine/outcome/errors';
import { expect, test, vi } from 'vitest';
import { driftRhythm } from './drift-rhythm.ts';

function rhythmOver(query: ClickHouse['query']) {
  let nowMs = Date.UTC(2026, 4, 13, 12);
  const error = vi.fn();
  const asked = vi.fn(query);
  const rhythm = driftRhythm(
    { query: asked } as unknown as ClickHouse,
    { logger: { error }, clock: { now: () => nowMs } } as unknown as Parameters<
      typeof driftRhythm
    >[1],
  );
  const kick = async (afterMs: number): Promise<void> => {
    nowMs += afterMs;
    rhythm.kick(nowMs);
    await rhythm.settle();
  };
  return { rhythm, kick, asked, error, nowMs };
}

test('it watches at once, then not before five minutes have passed, and never twice at a time', async () => {
  const { rhythm, kick, asked, nowMs } = rhythmOver(() => Promise.resolve([]));
  rhythm.kick(nowMs);
  rhythm.kick(nowMs);
  await rhythm.settle();
  const perWatch = asked.mock.calls.length;
  expect(perWatch).toBeGreaterThan(0);
  await kick(60_000);
  expect(asked).toHaveBeenCalledTimes(perWatch);
  await kick(300_000);
  expect(asked).toHaveBeenCalledTimes(2 * perWatch);
});

test('a watch that fails is said once, and tried again', async () => {
  const away = new SpineError('SPINE_CLICKHOUSE_UNREACHABLE', { where: 'http://127.0.0.1:1' });
  const { kick, asked, error } = rhythmOver(() => Promise.reject(away));
  await kick(0);
  await kick(300_000);
  expect(asked).toHaveBeenCalledTimes(2);
  expect(error).toHaveBeenCalledTimes(1);
  expect(error).toHaveBeenCalledWith(
    expect.objectContaining({ code: 'SPINE_CLICKHOUSE_UNREACHABLE' }),
    'drift could not be judged',
  );
});
