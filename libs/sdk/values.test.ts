// The small parts: ids, contents, errors, clocks, the queue.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { cutToBytes, toContent } from './content.ts';
import { Deque } from './deque.ts';
import { createIds } from './ids.ts';
import { readError } from './read-error.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that sort by time, and W3C ids that are never all zero', () => {
    const ids = createIds((into) => into.fill(0));
    const early = ids.eventId(0x017f22e279b0 * 1000);
    expect(early).toBe('017f22e2-79b0-7000-8000-000000000000');
    expect(ids.eventId(0x017f22e279b0 * 1000 + 1) > early).toBe(true);
    expect(ids.eventId(0x017f22e279b0 * 1000 + 999)).toMatch(/^017f22e2-79b0-7ffb-/);
    expect(ids.traceId()).toBe('0'.repeat(31) + '1');
    expect(ids.spanId()).toBe('0'.repeat(15) + '1');
  });

  it('do not repeat', () => {
    const ids = createIds((into) => crypto.getRandomValues(into));
    const spans = new Set(Array.from({ length: 20_000 }, () => ids.spanId()));
    expect(spans.size).toBe(20_000);
  });
});

describe('contents', () => {
  const rules = { maxBytes: 100, capture: true };

  it('are cut between characters, never beyond the bound, never short of it by a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, maxBytes) => {
        const kept = cutToBytes(text, maxBytes);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(maxBytes);
        const next = String.fromCodePoint(text.codePointAt(kept.length) ?? 0);
        const isWhole = kept.length === text.length;
        expect(isWhole || Buffer.byteLength(kept + next) > maxBytes).toBe(true);
      }),
    );
  });

  it('hold what cannot be text as text', () => {
    const circular: Record<string, unknown> = { n: 10n };
    circular['self'] = circular;
    expect(toContent(circular, rules)?.inline).toBe('{"n":10,"self":"[circular]"}');
    expect(toContent(Buffer.from('hi'), rules)).toMatchObject({
      inline: 'aGk=',
      mime: 'application/octet-stream;base64',
    });
    expect(toContent('a\0b\ud800', rules)?.inline).toBe('a\uFFFDb\uFFFD');
    expect(toContent('a\0b', rules)).toMatchObject({ truncated: false, size_bytes: 3 });
    expect(toContent('a\0b', rules)?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(toContent(undefined, rules)).toBeNull();
  });
});

describe('errors', () => {
  it.each([
    [new DOMException('gone', 'AbortError'), 'cancelled', 'AbortError'],
    [new DOMException('late', 'TimeoutError'), 'timeout', 'TimeoutError'],
    [Object.assign(new Error('x'), { status: 503 }), 'error', '503'],
    [Object.assign(new Error('x'), { status: 504 }), 'timeout', '504'],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'error', 'ECONNRESET'],
    [new RangeError('x'), 'error', 'RangeError'],
    ['just text', 'error', 'string'],
    [null, 'error', 'null'],
  ])('%s is %s of class %s', (error, status, errorType) => {
    expect(readError(error)).toMatchObject({ status, errorType });
  });
});

describe('the queue', () => {
  it('is an array with shift, only faster', () => {
    const step = fc.oneof(fc.constant(-1), fc.nat(2000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const queue = new Deque<number>();
        let model: number[] = [];
        for (const count of steps) {
          if (count < 0) {
            const half = Math.ceil(model.length / 2);
            queue.drop(half);
            model = model.slice(half);
          }
          for (let n = 0; n < count; n += 1) {
            model.push(n);
            queue.push(n);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.peek(3)).toEqual(model.slice(0, 3));
          expect(queue.at(model.length - 1)).toBe(model.at(-1));
        }
      }),
    );
  });
});

describe('clocks', () => {
  it('the simulated one fires timers in order of time, then of setting, and not those taken back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
        const clock = new SimulatedClock({ startUs: 0 });
        const fired: number[] = [];
        const cancels = delays.map((delay, index) => clock.after(delay, () => fired.push(index)));
        cancels.forEach((cancel, index) => index % 3 === 0 && cancel());
        await clock.runUntil(30_000);
        const expected = delays
          .map((delay, index) => ({ delay, index }))
          .filter(({ index }) => index % 3 !== 0)
          .toSorted((left, right) => left.delay - right.delay || left.index - right.index);
        expect(fired).toEqual(expected.map(({ index }) => index));
      }),
      { numRuns: 50 },
    );
  });

  it('the system one counts microseconds on from the wall clock, and follows it when that is set', () => {
    let wallMs = 1000;
    let ns = 0n;
    const clock = systemClock({ wallMs: () => wallMs, monotonicNs: () => ns });
    const at = (wall: number, nanoseconds: bigint): number => {
      wallMs = wall;
      ns = nanoseconds;
      return clock.nowUs();
    };
    expect(at(1000, 250_000n)).toBe(1_000_250);
    expect(at(1000, 999_999n)).toBe(1_000_999);
    expect(at(1004, 4_100_000n)).toBe(1_004_100);
    // Drift within five milliseconds is left alone, an hour is not.
    expect(at(1007, 4_200_000n)).toBe(1_004_200);
    expect(at(3_601_007, 5_000_000n)).toBe(3_601_007_000);
    expect(at(3_601_007, 5_300_000n)).toBe(3_601_007_300);
    expect(at(1009, 6_000_000n)).toBe(1_009_000);
  });
});
