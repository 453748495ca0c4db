// Signals of the pipeline itself: how late, how much was refused, whether what is stored is whole.
// Guarantees: by arrival, not by event_time; one sample without labels.
// Example: await pipelineSample(ch, condition, time) → { labels: {}, value: 2.1, n: 0 }
import type { Threshold } from '@agentspine/alert/rule';
import type { Sample } from '@agentspine/alert/sample';
import type { SignalTime } from '@agentspine/alert/signals';
import type { ClickHouse } from './connect.ts';
import { ingestLagMs, seconds, signalText } from './signal-text.ts';

export async function pipelineSample(
  ch: ClickHouse,
  { metric, windowMs }: Threshold,
  { nowMs, untilMs }: SignalTime,
): Promise<Sample> {
  const range = { since: seconds(untilMs - windowMs), until: seconds(untilMs) };
  switch (metric) {
    case 'dead_letter_share': {
      const [row] = await ch.query<{ dead: number; rows_stored: number; top_code: string | null }>(
        signalText('dead-letters'),
        range,
      );
      const { dead = 0, rows_stored: rows = 0, top_code: code } = row ?? {};
      const n = dead + rows;
      const value = n > 0 ? dead / n : Number.NaN;
      return { labels: {}, value, n, cause: code ? `most often ${code}` : '' };
    }
    case 'delivery_faults': {
      const [row] = await ch.query<{
        doubled_sum: number;
        broken_sum: number;
        records_sum: number;
      }>(signalText('delivery-faults'), range);
      const { doubled_sum: doubled = 0, broken_sum: broken = 0, records_sum: n = 0 } = row ?? {};
      const cause = doubled + broken > 0 ? `${doubled} doubled, ${broken} with a broken chain` : '';
      return { labels: {}, value: n > 0 ? doubled + broken : Number.NaN, n, cause };
    }
    default: {
      const lagMs = await ingestLagMs(ch, nowMs);
      return { labels: {}, value: lagMs > 0 ? lagMs / 1_000 : Number.NaN, n: 0 };
    }
  }
}
