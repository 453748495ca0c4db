// Makes avsc's reader of the event schema faster, for the schema itself alone: optional strings are
// read without a search for their branch, and the records that come again and again (Agent, Actor,
// Producer) are the same object as long as their bytes are the same.
// Guarantees: the same values as avsc's own reader, for every input (quick-reader.test.ts); what is
// remembered is bounded; a record with odd text is never remembered. Avro says of no value where it
// ends, but equal bytes from the same start are read to the same value and the same end.
// Example: const reading = quicken(avro.Type.forSchema(schema)); reading._read(tap).producer
import { REPEATED_RECORDS } from '@agentspine/event/repeated-records';
import { text, type StringTap } from './fast-strings.ts';

const SLOTS = 2048;
/** Longer records are read anew each time. */
const BYTES_MAX = 384;

type Reading = { _read(tap: StringTap): unknown };
type AvroType = Reading & {
  readonly typeName: string;
  readonly name?: string;
  readonly types?: readonly AvroType[];
  readonly fields?: readonly Field[];
  readonly itemsType?: AvroType;
  readonly valuesType?: AvroType;
  _createReader?: () => Reading['_read'];
};
type Field = { readonly type: AvroType };

/** A reading that gives what type._read gives. */
export function quicken(type: object): Reading {
  return quick(type as AvroType);
}

function quick(type: AvroType): Reading {
  switch (type.typeName) {
    case 'record':
      return quickRecord(type);
    case 'array':
      return instead(type, 'itemsType', quick(type.itemsType!));
    case 'map':
      return instead(type, 'valuesType', quick(type.valuesType!));
    case 'union:unwrapped':
      return quickUnion(type);
    default:
      return type;
  }
}

/** The same type with another value for one of its properties: avsc freezes types. */
function instead(type: AvroType, property: string, value: unknown): AvroType {
  return Object.create(type, { [property]: { value } }) as AvroType;
}

/** Let avsc generate the record's reader, over the fields' quick readings. */
function quickRecord(type: AvroType): Reading {
  const fields = type.fields!.map((field) => ({ type: quick(field.type) }));
  const _read = instead(type, 'fields', fields)._createReader!();
  const name = (type.name ?? '').split('.').at(-1)!;
  const isRepeated = REPEATED_RECORDS.has(name) && type.fields!.every(isText);
  return isRepeated ? shareEqual(_read, type.fields!.map(isOptionalText)) : { _read };
}

function quickUnion(type: AvroType): Reading {
  const [first, second, ...rest] = type.types!;
  if (first?.typeName !== 'null' || second === undefined || rest.length > 0) return type;
  if (second.typeName === 'string') return optionalText(type);
  const reading = quick(second);
  return {
    _read(tap) {
      const branch = tap.buf[tap.pos];
      if (branch !== 0 && branch !== 2) return type._read(tap);
      tap.pos++;
      return branch === 0 ? null : reading._read(tap);
    },
  };
}

function isText(field: Field): boolean {
  return field.type.typeName === 'string' || isOptionalText(field);
}

function isOptionalText({ type }: Field): boolean {
  return (type.types ?? []).map((branch) => branch.typeName).join() === 'null,string';
}

/** null is branch 0, text branch 1: one byte each. Anything else is for avsc to refuse. */
function optionalText(type: AvroType): Reading {
  return {
    _read(tap) {
      const branch = tap.buf[tap.pos];
      if (branch !== 0 && branch !== 2) return type._read(tap);
      tap.pos++;
      return branch === 0 ? null : tap.readString();
    },
  };
}

type Slot = { readonly bytes: Uint8Array; readonly value: unknown };

function shareEqual(read: Reading['_read'], isOptional: readonly boolean[]): Reading {
  const slots: (Slot | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  return {
    _read(tap) {
      const { buf, pos } = tap;
      const end = endOf(buf, pos, isOptional);
      if (end === 0) return read(tap);
      const at = hashOf(buf, pos, end) & (SLOTS - 1);
      const slot = slots[at];
      if (slot !== undefined && isSame(slot.bytes, buf, pos, end)) {
        tap.pos = end;
        return slot.value;
      }
      const wasOdd = text.isOdd;
      text.isOdd = false;
      const value = read(tap);
      if (!text.isOdd && tap.pos === end) {
        slots[at] = { bytes: Uint8Array.prototype.slice.call(buf, pos, end), value };
      }
      text.isOdd ||= wasOdd;
      return value;
    },
  };
}

/** Where the record ends; 0 when it is long, cut off or not as expected. */
function endOf(buf: Buffer, start: number, isOptional: readonly boolean[]): number {
  let at = start;
  for (let k = 0; k < isOptional.length; k++) {
    if (isOptional[k]!) {
      const branch = buf[at++];
      if (branch === 0) continue;
      if (branch !== 2) return 0;
    }
    const length = buf[at];
    // A zig-zag varint of one byte: texts below 64 bytes.
    if (length === undefined || (length & 0x81) !== 0) return 0;
    at += 1 + (length >> 1);
  }
  return at <= buf.length && at - start <= BYTES_MAX ? at : 0;
}

function hashOf(buf: Buffer, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ buf[at]!, 0x01000193);
  return hash ^ (hash >>> 13);
}

function isSame(bytes: Uint8Array, buf: Buffer, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let k = 0; k < bytes.length; k++) if (bytes[k] !== buf[start + k]) return false;
  return true;
}
