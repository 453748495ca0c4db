// Cuts a batch into ranges that each become one INSERT per table: bounded rows and bytes, one
// schema id.
// Guarantees: pure; order kept; every record in exactly one range; a range is never empty.
// Example: for (const range of cut(records, { rowsMax: 50_000, bytesMax: 16e6 })) …
import type { LogRecord } from '@agentspine/kafka/port';

export type Limits = { readonly rowsMax: number; readonly bytesMax: number };
export type Cut = { readonly schemaId: number; readonly records: readonly LogRecord[] };

export function cut(records: readonly LogRecord[], limits: Limits): Cut[] {
  const ranges: Cut[] = [];
  let start = 0;
  let bytes = 0;
  let schemaId = -1;
  for (const [index, record] of records.entries()) {
    const size = record.value?.length ?? 0;
    const id = schemaIdOf(record);
    const isFull = index - start >= limits.rowsMax || bytes + size > limits.bytesMax;
    if (index > start && (isFull || id !== schemaId)) {
      ranges.push({ schemaId, records: records.slice(start, index) });
      start = index;
      bytes = 0;
    }
    schemaId = id;
    bytes += size;
  }
  if (records.length > start) ranges.push({ schemaId, records: records.slice(start) });
  return ranges;
}

/** -1 for a value that carries none; take() refuses it by name. */
function schemaIdOf(record: LogRecord): number {
  const { value } = record;
  return value === null || value.length < 5 || value[0] !== 0 ? -1 : value.readUInt32BE(1);
}
