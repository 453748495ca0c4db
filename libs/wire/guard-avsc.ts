// Bounds what avsc believes: a count of array or map items is never larger than the bytes that are
// left. Without it a truncated record of nine bytes can ask for 2^40 items and hang the process
// (avsc 5.7.9 reads past the end in silence and only looks at the position when it is done). Also
// keeps a map key named __proto__ as a key.
// Example: import { guardedAvro as avro } from './guard-avsc.ts'; the only door to avsc.
import { SpineError } from '@agentspine/outcome/errors';
import avro from 'avsc';
import { writeLong } from './fast-longs.ts';
import { readString, writeString, type StringTap } from './fast-strings.ts';

type Tap = StringTap;
type Item = { _read(tap: Tap): unknown; _skip(tap: Tap): void };
type ArrayLike = { itemsType: Item };
type MapLike = { valuesType: Item };
type Patched = { prototype: { _read: unknown; _skip: unknown } };

/** Reads a block count (Avro 1.12, "Arrays"): negative when a byte size follows. */
function blockCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  if (count > tap.buf.length - tap.pos) {
    throw new Error('more items than bytes left');
  }
  return count;
}

function readArray(this: ArrayLike, tap: Tap): unknown[] {
  const items: unknown[] = [];
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    for (; count > 0; count--) {
      items.push(this.itemsType._read(tap));
    }
  }
  return items;
}

function skipArray(this: ArrayLike, tap: Tap): void {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    for (; count > 0; count--) {
      this.itemsType._skip(tap);
    }
  }
}

function readMap(this: MapLike, tap: Tap): Record<string, unknown> {
  const entries: Record<string, unknown> = {};
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    for (; count > 0; count--) {
      const key = tap.readString();
      const value = this.valuesType._read(tap);
      if (key === '__proto__') {
        Object.defineProperty(entries, key, {
          value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      } else {
        entries[key] = value;
      }
    }
  }
  return entries;
}

function skipMap(this: MapLike, tap: Tap): void {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    for (; count > 0; count--) {
      tap.readString();
      this.valuesType._skip(tap);
    }
  }
}

const { ArrayType, MapType } = avro.types as unknown as { ArrayType: Patched; MapType: Patched };
ArrayType.prototype._read = readArray;
ArrayType.prototype._skip = skipArray;
MapType.prototype._read = readMap;
MapType.prototype._skip = skipMap;

const tapPrototype = (() => {
  let found: object | undefined;
  const probe = Object.create(avro.Type.forSchema('int')) as {
    _read(tap: object): number;
    decode(buf: Buffer, pos: number): unknown;
  };
  probe._read = (tap) => {
    found = Object.getPrototypeOf(tap) as object;
    return 0;
  };
  probe.decode(Buffer.from([2]), 0);
  if (found === undefined || !('readString' in found)) {
    throw new SpineError('SPINE_INTERNAL', {
      wanted: 'avsc 5.7.9',
      found: 'another shape of avsc',
    });
  }
  return found as {
    readString: () => string;
    writeString: (value: string) => void;
    writeLong: (value: number) => void;
    writeInt: (value: number) => void;
    constructor: new (buf: Buffer, pos: number) => Tap;
  };
})();
tapPrototype.readString = readString;
tapPrototype.writeString = writeString;
tapPrototype.writeLong = writeLong;
tapPrototype.writeInt = writeLong;

/** avsc's cursor over a buffer; it does not export the class. */
export const AvroTap = tapPrototype.constructor;
export const guardedAvro = avro;
