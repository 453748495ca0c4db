// The reckoning when all is quiet: the log as it was written against the store as it is, by a plain
// reference model.
// Guarantees: shares no code with worker or sink; looks at every record, and names the first thing
// wrong of each kind.
// Example: for (const violation of await finalCheck(world, sent)) …
import type { LogRecord } from '@agentspine/kafka/port';
import { isDeepStrictEqual } from 'node:util';
import { readGoverned, type StoredRow } from './governed-codec.ts';
import { TABLES } from './observer.ts';
import type { ExpectedFate, SourceRecord } from './source-records.ts';
import { TOPICS, type World } from './world.ts';

export async function readAll(
  world: World,
  topic: string,
  partition: number,
): Promise<LogRecord[]> {
  return Array.fromAsync(world.log.readRange(topic, partition, 0));
}

/** sent: what was produced, by its value as hex. */
export async function finalCheck(
  world: World,
  sent: ReadonlyMap<string, SourceRecord>,
): Promise<string[]> {
  const found: string[] = [];
  for (let partition = 0; partition < world.scenario.partitions; partition++) {
    const governed = (await readAll(world, TOPICS.governed, partition)).map(({ value }) =>
      readGoverned(value as Buffer),
    );
    const source = await readAll(world, TOPICS.events, partition);
    const winners = checkChain(partition, governed, source, found);
    world.count('repeats in the governed log', governed.length - winners.size);
    const stored = storedOf(world, partition, found);
    const notified = await readAll(world, TOPICS.violations, partition);
    const notes = new Set(notified.map(({ value }) => (value as Buffer).toString()));
    const sealed = await readAll(world, TOPICS.deadletters, partition);
    for (const { value } of sealed) notes.add((value as Buffer).toString());
    let previous = -1;
    for (const record of source) {
      const { offset, timestampMs, value } = record;
      const fate = (sent.get((value as Buffer).toString('hex')) as SourceRecord).fate;
      const where = `${partition}/${offset}`;
      const copies = stored.get(offset) ?? [];
      if (copies.length !== world.observer.copies) {
        found.push(`${where} is in the store ${copies.length} times`);
      }
      const common = {
        source_partition: partition,
        source_offset: offset,
        previous_source_offset: previous,
        ingested_at: timestampMs * 1000,
        generation: 1,
        policy_bundle: winners.get(offset)?.policy_bundle,
      };
      for (const row of copies) checkRow(where, row, common, fate, found);
      for (const note of notesOf(offset, fate)) {
        if (!notes.has(note)) found.push(`${where}: nobody was told ${note}`);
      }
      previous = offset;
    }
    if (stored.size > source.length) found.push(`partition ${partition} has rows of nothing`);
  }
  return found;
}

/** Every fate above the mark names it, as a reader of the log would check. First wins. */
function checkChain(
  partition: number,
  governed: readonly StoredRow[],
  source: readonly LogRecord[],
  found: string[],
): Map<number, StoredRow> {
  const winners = new Map<number, StoredRow>();
  let mark = -1;
  for (const row of governed) {
    const { source_offset, previous_source_offset, source_partition } = row;
    if (source_partition !== partition) found.push(`${partition} holds ${source_partition}'s fate`);
    if (source_offset <= mark) continue;
    if (previous_source_offset !== mark) {
      found.push(
        `hole in ${partition}: ${source_offset} follows ${previous_source_offset}, not ${mark}`,
      );
    }
    mark = source_offset;
    winners.set(mark, row);
  }
  const last = source.at(-1)?.offset ?? -1;
  if (mark !== last) found.push(`the fates of ${partition} end at ${mark}, its records at ${last}`);
  return winners;
}

/** Rows of a partition by source offset; each table must hold them in order, per generation. */
function storedOf(world: World, partition: number, found: string[]): Map<number, StoredRow[]> {
  const stored = new Map<number, StoredRow[]>();
  for (const table of TABLES) {
    const rows = (world.store.rows(table) as unknown as StoredRow[]).filter(
      (row) => row.source_partition === partition,
    );
    let back = 0;
    for (const [index, row] of rows.entries()) {
      if (row.source_offset < (rows[index - 1]?.source_offset ?? -1)) back++;
      stored.set(row.source_offset, [...(stored.get(row.source_offset) ?? []), row]);
      const expected = table === 'events' ? 'row' : 'dead_letter';
      if (row.fate !== expected) found.push(`${table} holds a ${row.fate} of ${partition}`);
    }
    if (back >= world.observer.copies) found.push(`${table} is out of order in ${partition}`);
  }
  return stored;
}

function checkRow(
  where: string,
  row: StoredRow,
  common: object,
  fate: ExpectedFate,
  found: string[],
): void {
  const expected =
    fate.is === 'row'
      ? { ...common, ...fate.columns, fate: 'row', dead_letter_code: '', dead_letter_stage: '' }
      : { ...common, fate: fate.is, dead_letter_code: fate.code, dead_letter_stage: fate.stage };
  for (const [column, value] of Object.entries(expected)) {
    const is: unknown = row[column as keyof StoredRow];
    const same =
      typeof value === 'object' ? isDeepStrictEqual({ ...(is as object) }, value) : is === value;
    if (!same) {
      found.push(`${where}: ${column} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`);
    }
  }
  const rules = row.verdicts.map((verdict) => (verdict as { rule_id: string }).rule_id);
  const wanted = fate.is === 'row' ? fate.verdicts : [];
  if (rules.join() !== wanted.join()) found.push(`${where}: verdicts ${rules.join()}`);
}

/** What must have been said of it on the other topics, at least once. */
function notesOf(offset: number, fate: ExpectedFate): string[] {
  if (fate.is === 'dead_letter') return [JSON.stringify({ offset })];
  return fate.verdicts.map((rule) => JSON.stringify({ offset, rule }));
}
