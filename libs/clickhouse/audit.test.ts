// The auditor's comparison, held against a plain reference: a chain of records, some removed,
// doubled or moved.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDelivery } from './audit.ts';
import type { DeliveryRow } from './query-rows.ts';

type Fate = { readonly offset: number; readonly previous: number };

/** What queries/delivery.sql says of these fates. */
function delivery(fates: readonly Fate[], partition = 0): DeliveryRow {
  const byOffset = Map.groupBy(
    fates.toSorted((a, b) => a.offset - b.offset),
    (fate) => fate.offset,
  );
  const offsets = [...byOffset.keys()];
  const breaks = [...byOffset].flatMap(([offset, same], at): [number, number, number][] => {
    const before = offsets[at - 1] ?? -1;
    const wrong = same.map((fate) => fate.previous).filter((previous) => previous !== before);
    return wrong[0] === undefined ? [] : [[before, wrong[0], offset]];
  });
  const doubled = [...byOffset].filter(([, same]) => same.length > 1).map(([offset]) => offset);
  return {
    partition,
    rows: fates.length,
    dead_letters: 0,
    offsets: offsets.length,
    first_offset: Math.min(...offsets),
    last_offset: Math.max(...offsets),
    doubled_count: doubled.length,
    doubled,
    breaks_count: breaks.length,
    breaks,
  };
}

/** Records 0 … n-1 of a log, each naming the one before. */
const chain = (n: number): Fate[] =>
  Array.from({ length: n }, (_, offset) => ({ offset, previous: offset - 1 }));

function audit(fates: readonly Fate[], high: number, mark = high - 1, floor = 0) {
  const claim = { partition: 0, low: 0, high, mark };
  const stored = fates.length === 0 ? [] : [delivery(fates)];
  const input = { generation: 1, perPartition: [claim], floor: { 0: floor } };
  const report = compareDelivery(input, stored);
  const only = report.partitions[0];
  if (only === undefined) throw new Error('one partition was asked for');
  return { ...only, ok: report.ok };
}

const size = fc.integer({ min: 3, max: 60 });

describe('the auditor', () => {
  test('passes a whole chain', () => {
    fc.assert(
      fc.property(size, (n) => {
        expect(audit(chain(n), n)).toMatchObject({ ok: true, missing: [], pending: 0 });
      }),
    );
  });

  test('passes offsets the log never gave to a record', () => {
    const fates = [
      { offset: 3, previous: -1 },
      { offset: 4, previous: 3 },
      { offset: 9, previous: 4 },
    ];
    expect(audit(fates, 10)).toMatchObject({ ok: true, missing: [], pending: 0 });
  });

  test('finds any set of removed records, wherever they stood', () => {
    const cases = size.chain((n) =>
      fc.tuple(
        fc.constant(n),
        fc.uniqueArray(fc.integer({ min: 0, max: n - 1 }), { minLength: 1 }),
      ),
    );
    fc.assert(
      fc.property(cases, ([n, removed]) => {
        const found = audit(
          chain(n).filter(({ offset }) => !removed.includes(offset)),
          n,
        );
        const missing = found.missing.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        );
        expect(missing).toEqual(removed.toSorted((a, b) => a - b));
        expect(found.ok).toBe(false);
      }),
    );
  });

  test('finds a doubled record', () => {
    const cases = size.chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n - 1 })));
    fc.assert(
      fc.property(cases, ([n, at]) => {
        const fates = [...chain(n), { offset: at, previous: at - 1 }];
        expect(audit(fates, n)).toMatchObject({ ok: false, doubled: [at], missing: [] });
      }),
    );
  });

  test('finds a record whose offset was changed, wherever it went', () => {
    const cases = fc
      .tuple(size, fc.nat(), fc.nat())
      .map(([n, from, to]) => ({ n, from: from % n, to: to % (n + 20) }))
      .filter(({ from, to }) => from !== to);
    fc.assert(
      fc.property(cases, ({ n, from, to }) => {
        const fates = chain(n).map((fate) =>
          fate.offset === from ? { ...fate, offset: to } : fate,
        );
        const found = audit(fates, n);
        expect(found.ok).toBe(false);
        // The newest record has none after it to name it; the log does not know where it went.
        if (from === n - 1 && to > from) expect(found.misplaced).toEqual([to]);
        else expect(found.missing).toContainEqual({ first: from, last: from });
      }),
    );
  });

  test('counts what is still on its way as pending, not as missing', () => {
    expect(audit(chain(5), 9, 4)).toMatchObject({ ok: true, pending: 4, missing: [] });
    expect(audit([], 9, -1)).toMatchObject({ ok: true, pending: 9, missing: [], lastOffset: -1 });
  });

  test('finds a tail the sink says it has stored', () => {
    expect(audit(chain(5), 9, 7).missing).toEqual([{ first: 5, last: 7 }]);
    expect(audit([], 9, 7).missing).toEqual([{ first: 0, last: 7 }]);
  });

  test('forgives what may have expired, and nothing above it', () => {
    const fates = chain(20).slice(10);
    expect(audit(fates, 20).missing).toEqual([{ first: 0, last: 9 }]);
    expect(audit(fates, 20, 19, 10)).toMatchObject({ ok: true, missing: [] });
    expect(audit(fates.slice(2), 20, 19, 10).missing).toEqual([{ first: 10, last: 11 }]);
  });

  test('names a stored offset the log has never given', () => {
    expect(audit(chain(8), 5, 4)).toMatchObject({ ok: false, misplaced: [7] });
  });

  test('names stored partitions that nobody claimed', () => {
    const input = { generation: 1, perPartition: [] };
    const report = compareDelivery(input, [delivery(chain(3), 7)]);
    expect(report).toMatchObject({ ok: false, unclaimed: [7], rows: 3 });
  });
});
