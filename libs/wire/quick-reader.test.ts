// The quick reader is avsc's own reader, only faster: the same values, ends, refusals and doubts
// about text, for whole events, cut ones and ones with a byte changed, whatever was read before.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text } from './fast-strings.ts';
import { AvroTap, guardedAvro as avro } from './guard-avsc.ts';
import { quicken } from './quick-reader.ts';
import { loadSchemas } from './schemas.ts';

const type = avro.Type.forSchema(loadSchemas().agentEvent as never);
const quick = quicken(type);

type Reading = { _read(tap: object): unknown };

function readBy(reading: unknown, bytes: Buffer): unknown {
  const tap = new AvroTap(bytes, 0);
  text.isOdd = false;
  try {
    const value = (reading as Reading)._read(tap);
    return { value, end: tap.pos, isOdd: text.isOdd };
  } catch (error) {
    return { thrown: (error as Error).message };
  }
}

/** Twice: the second time what repeats is remembered. */
const byQuick = (bytes: Buffer): unknown[] => [readBy(quick, bytes), readBy(quick, bytes)];
const byPlain = (bytes: Buffer): unknown[] => [readBy(type, bytes), readBy(type, bytes)];

const words = fc.constantFrom('', 'agent-1', 'ops', '1.2.3', 'Grüße', 'a\0b', 'x'.repeat(70), null);
const who = fc.record({
  agent: fc.option(fc.record({ id: words, name: words, version: words, prompt_name: words })),
  actor: fc.option(fc.record({ id: words, on_behalf_of: words })),
  producer: fc.record({ instance: words, sdk: words, environment: words }),
});

/** A random event of the schema, with who acts in it drawn from a few. */
function bytesOf(acts: Parameters<typeof merge>[1]): Buffer {
  return type.toBuffer(merge((type as unknown as { random(): object }).random(), acts));
}

function merge(
  event: object,
  acts: { agent: object | null; actor: object | null; producer: object },
) {
  const nothing = { framework: null, prompt_version: null, policy_bundle: null };
  return {
    ...event,
    agent: acts.agent && { ...nothing, ...acts.agent },
    actor: acts.actor && { type: 'user', ...acts.actor },
    producer: { service: 'demo', service_version: null, source_format: 'native', ...acts.producer },
  };
}

describe('the quick reader', () => {
  it('reads what the plain one reads', () => {
    fc.assert(
      fc.property(who, (acts) => {
        const bytes = bytesOf(acts);
        expect(byQuick(bytes)).toEqual(byPlain(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses what the plain one refuses, and ends where it ends', () => {
    const damage = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }), cut: fc.nat() });
    fc.assert(
      fc.property(who, damage, (acts, { at, to, cut }) => {
        const bytes = bytesOf(acts);
        const short = bytes.subarray(0, cut % bytes.length);
        expect(byQuick(short)).toEqual(byPlain(short));
        bytes[at % bytes.length] = to;
        expect(byQuick(bytes)).toEqual(byPlain(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('gives equal bytes of an agent, actor or producer one object', () => {
    const none = { name: null, version: null, prompt_name: null };
    const producer = { instance: null, sdk: null, environment: null };
    const acts = { agent: { id: 'a', ...none }, actor: { id: 'b', on_behalf_of: null }, producer };
    type Read = { value: Record<string, unknown> };
    const one = readBy(quick, bytesOf(acts)) as Read;
    const two = readBy(quick, bytesOf(acts)) as Read;
    for (const name of ['agent', 'actor', 'producer'])
      expect(one.value[name]).toBe(two.value[name]);
  });
});
