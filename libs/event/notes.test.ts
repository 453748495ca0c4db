// The notes in offset commits come back as they were written, fit the broker's limit, and are never
// guessed at.
// Example: a commit that another tool made stops the reader with SPINE_DELIVERY_METADATA.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSinkNote, writeSinkNote } from './sink-note.ts';
import { NONE, readWorkerNote, writeWorkerNote } from './worker-note.ts';

/** offset.metadata.max.bytes of a broker, as it is set where nobody changed it. */
const METADATA_BYTES_MAX = 4096;

const anyOffset = fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER });
const anyGeneration = fc.integer({ min: 0, max: 2 ** 31 - 1 });

const FOREIGN = [
  ['no metadata', '', 'no metadata'],
  ['text that is no JSON', 'exported by hand', 'exported by hand'],
  ['null', 'null', 'null'],
  ['a newer version of the note', '{"v":2,"gen":1,"previous":1,"mark":1}', '{"v":2,'],
  ['another generation', '{"v":1,"gen":7,"previous":1,"mark":1}', '"gen":7'],
  ['a note without its number', '{"v":1,"gen":1}', '{"v":1,"gen":1}'],
  ['a number that is none', '{"v":1,"gen":1,"previous":"1","mark":"1"}', '"mark":"1"'],
] as const;

describe("the worker's note", () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(anyOffset, anyGeneration, (previous, gen) => {
        const metadata = writeWorkerNote({ gen, previous });
        expect(readWorkerNote({ offset: 9, metadata }, 't', 0, gen)).toBe(previous);
        expect(metadata.length).toBeLessThanOrEqual(METADATA_BYTES_MAX);
      }),
    );
  });

  it('says that nothing came before where nothing is committed', () => {
    expect(readWorkerNote(null, 'agent.events', 3, 1)).toBe(NONE);
  });

  it.each(FOREIGN)('%s is refused, with the place', (_, metadata, found) => {
    const read = (): number => readWorkerNote({ offset: 42, metadata }, 'agent.events', 3, 1);
    expect(read).toThrow('SPINE_DELIVERY_METADATA agent.events/3 at offset 42');
    expect(read).toThrow(found);
  });
});

describe("the sink's note", () => {
  const anyNote = fc.record({
    gen: anyGeneration,
    mark: anyOffset,
    chain: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength: 64 }),
    pending: fc.option(fc.tuple(anyOffset, anyOffset), { nil: null }),
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(anyNote, (note) => {
        const metadata = writeSinkNote(note);
        expect(readSinkNote({ offset: 9, metadata }, 't', 0, note.gen)).toEqual(note);
        expect(metadata.length).toBeLessThanOrEqual(METADATA_BYTES_MAX);
      }),
    );
  });

  it('begins before the first record where nothing is committed', () => {
    expect(readSinkNote(null, 'agent.governed', 3, 2)).toEqual({
      gen: 2,
      mark: -1,
      chain: '',
      pending: null,
    });
  });

  it.each(FOREIGN)('%s is refused, with the place', (_, metadata, found) => {
    const read = (): object => readSinkNote({ offset: 42, metadata }, 'agent.governed', 3, 1);
    expect(read).toThrow('SPINE_DELIVERY_METADATA agent.governed/3 at offset 42');
    expect(read).toThrow(found);
  });
});
