// Writer schemas are learned once, and one that is registered late heals without a restart.
import { describe, expect, it } from 'vitest';
import { schemaLearner } from './learn-schemas.ts';
import type { SchemaJson } from './schemas.ts';

const record = (id: number): { value: Buffer } => {
  const value = Buffer.alloc(9);
  value.writeUInt32BE(id, 1);
  return { value };
};

/** A registry that knows some ids, and the ids it was asked for. */
function learning(registered: Set<number>) {
  const asked: number[] = [];
  const known = new Map<number, SchemaJson>();
  const clock = { nowMs: 0 };
  const learn = schemaLearner({
    has: (id) => known.has(id),
    add: (id, schema) => known.set(id, schema),
    ask: async (id) => {
      asked.push(id);
      return registered.has(id) ? { type: 'string', name: `schema-${id}` } : null;
    },
    nowMs: () => clock.nowMs,
  });
  return { learn, asked, known, clock };
}

describe('learning the schemas of a batch', () => {
  it('asks once for each id, over all batches', async () => {
    const { learn, asked, known } = learning(new Set([3, 4]));
    await learn([record(3), record(4), record(3)]);
    await learn([record(4)]);
    expect(asked).toEqual([3, 4]);
    expect([...known.keys()]).toEqual([3, 4]);
  });

  it('asks for nothing where a value carries no id', async () => {
    const { learn, asked } = learning(new Set());
    const text = Buffer.from('{"kind":"step"}');
    await learn([{ value: null }, { value: Buffer.alloc(0) }, { value: Buffer.from([0, 0]) }]);
    await learn([{ value: text }]);
    expect(asked).toEqual([]);
  });

  it('asks again for an unknown id only after a while, and learns it then', async () => {
    const registered = new Set<number>();
    const { learn, asked, known, clock } = learning(registered);
    await learn([record(5), record(5)]);
    registered.add(5);
    clock.nowMs = 9_999;
    await learn([record(5)]);
    expect(asked).toEqual([5]);
    clock.nowMs = 10_000;
    await learn([record(5)]);
    expect(asked).toEqual([5, 5]);
    expect(known.has(5)).toBe(true);
  });

  it('passes on what the registry fails with, and asks again for the next batch', async () => {
    let isAway = true;
    const asked: number[] = [];
    const learn = schemaLearner({
      has: () => false,
      add: () => undefined,
      ask: async (id) => {
        asked.push(id);
        if (isAway) throw new Error('away');
        return { type: 'string' };
      },
      nowMs: () => 0,
    });
    await expect(learn([record(6)])).rejects.toThrow('away');
    isAway = false;
    await learn([record(6)]);
    expect(asked).toEqual([6, 6]);
  });
});
