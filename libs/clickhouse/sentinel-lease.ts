// The right to run the sentinel's rounds, as rows in sentinel_leases: one holder at a time.
// ClickHouse has no compare-and-set, so a claim is an insert that is read back after a while.
// Guarantees: of the claims of the highest epoch the earliest by the server's clock holds, and all
// who claimed wait until no earlier one can still be on its way; one whose insert took longer than
// that gives up. Times are the server's; a client's clock does not matter. Where the server is a
// cluster, reads must be sequentially consistent (select_sequential_consistency).
// Example: const { isHeld } = await sentinelLease(ch).lease('host:4711', 90_000)
import { setTimeout as delay } from 'node:timers/promises';
import type { AlertStore, Lease } from '@agentspine/alert/store';
import type { ClickHouse } from './connect.ts';
import { signalText } from './signal-text.ts';

/** An insert that is not acknowledged within this is not counted on. */
const SETTLE_MS = 1_500;

type LeaseRow = {
  readonly epoch: number;
  readonly holder: string;
  readonly left_ms: number;
  readonly now_ms: number;
};

const NONE: LeaseRow = { epoch: 0, holder: '', left_ms: 0, now_ms: 0 };

export function sentinelLease(ch: ClickHouse): Pick<AlertStore, 'lease' | 'release'> {
  const read = async (): Promise<LeaseRow> =>
    (await ch.query<LeaseRow>(signalText('sentinel-lease')))[0] ?? NONE;
  let claims = 0;
  const claim = async (epoch: number, holder: string, forMs: number, nowMs: number) => {
    claims += 1;
    const until = new Date(nowMs + forMs).toISOString().slice(0, 23).replace('T', ' ');
    const token = `lease:${epoch}:${nowMs}:${claims}:${holder}`
      .replaceAll(/[^\w.:-]/gu, '_')
      .slice(0, 255);
    await ch.insertJson({ table: 'sentinel_leases', rows: [{ epoch, holder, until }], token });
  };
  const told = ({ holder, left_ms: leftMs }: LeaseRow, asker: string): Lease => ({
    isHeld: holder === asker && leftMs > 0,
    holder,
    leftMs: Math.max(0, leftMs),
  });
  return {
    lease: async (holder, forMs, isGone = () => false) => {
      const before = await read();
      const isOurs = before.left_ms > 0 && before.holder === holder;
      const isTaken = before.left_ms > 0 && !isOurs && !isGone(before.holder);
      if (isTaken) return told(before, holder);
      const nowMs = before.now_ms;
      const begunMs = performance.now();
      await claim(isOurs ? before.epoch : before.epoch + 1, holder, forMs, nowMs);
      if (isOurs) return { isHeld: true, holder, leftMs: forMs - (performance.now() - begunMs) };
      if (performance.now() - begunMs > SETTLE_MS) return { isHeld: false, holder: '', leftMs: 0 };
      await delay(SETTLE_MS);
      return told(await read(), holder);
    },
    release: async (holder) => {
      const now = await read();
      if (now.holder !== holder || now.left_ms <= 0) return;
      // An epoch that nobody holds: the next one need not wait for this one to run out.
      await claim(now.epoch + 1, '', 0, now.now_ms);
    },
  };
}
