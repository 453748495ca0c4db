// Where the sink puts a governed record: a row into events, the marker of a dead letter into
// dead_letters. Both take the same Avro bytes; what a table has no column for is skipped.
// Example: columns of an insert into events: the fields of the record's own schema, all of them, so
// that a field this database has no column for is refused rather than lost.

/** The fields a marker sets, in the order of schemas/governed-event.avsc. */
export const DEAD_LETTER_COLUMNS: readonly string[] = [
  'source_offset',
  'previous_source_offset',
  'source_partition',
  'fate',
  'generation',
  'ingested_at',
  'schema_id',
  'dead_letter_code',
  'dead_letter_stage',
  'dead_letter_cause',
  'event_id',
  'tenant_id',
];
