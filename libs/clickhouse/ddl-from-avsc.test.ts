// Types of columns from types of Avro; that the committed tables have them is
// test/contracts/ddl.test.ts's matter.
import { describe, expect, test } from 'vitest';
import { clickhouseType, columnsFromAvsc, renderColumn, type AvroSchema } from './ddl-from-avsc.ts';

describe('every Avro type of the contract has an exact column type', () => {
  const record = {
    type: 'record',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'score', type: 'double' },
    ],
  };
  test.each<[AvroSchema, string]>([
    ['string', 'String'],
    ['long', 'Int64'],
    ['int', 'Int32'],
    ['double', 'Float64'],
    ['boolean', 'Bool'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, "DateTime64(6, 'UTC')"],
    [{ type: 'enum' }, 'LowCardinality(String)'],
    [{ type: 'map', values: 'double' }, 'Map(LowCardinality(String), Float64)'],
    [{ type: 'array', items: 'string' }, 'Array(String)'],
    [{ type: 'array', items: record }, 'Array(Tuple(id String, score Float64))'],
    [{ type: 'string' }, 'String'],
  ])('%j', (type, column) => {
    expect(clickhouseType(type, true)).toBe(column);
  });

  const none: [AvroSchema][] = [['float'], ['bytes'], [['null', 'string']]];
  test.each(none)('or is refused: %j', (type) => {
    expect(() => clickhouseType(type, true)).toThrow(TypeError);
  });
});

test('a column says its default, its doc, its codec and when it is emptied', () => {
  const columns = columnsFromAvsc({
    type: 'record',
    fields: [
      { name: 'seq', type: 'long', default: -1, doc: "the producer's" },
      { name: 'kind', type: { type: 'enum' }, default: 'unknown' },
      { name: 'confidence', type: 'double' },
      { name: 'input', type: 'string', default: '' },
      { name: 'tenant_id', type: 'string', default: '' },
    ],
  });
  expect(columns.map(renderColumn)).toEqual([
    "seq Int64 DEFAULT -1 COMMENT 'the producer\\'s' CODEC(ZSTD(1))",
    "kind LowCardinality(String) DEFAULT 'unknown' COMMENT '' CODEC(ZSTD(1))",
    "confidence Float64 DEFAULT nan COMMENT '' CODEC(ZSTD(1))",
    "input String COMMENT '' CODEC(ZSTD(3)) TTL toDateTime(ingested_at) + INTERVAL 30 DAY",
    "tenant_id LowCardinality(String) COMMENT '' CODEC(ZSTD(1))",
  ]);
});
