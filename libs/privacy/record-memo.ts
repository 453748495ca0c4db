// What is remembered of the records that come again and again (event/repeated-records): that one
// holds nothing to replace, or what its declared values are and what becomes of it.
// Guarantees: bounded; a verdict is used only where the slow path would come to the same: nothing
// found is independent of tenant and key, declared values count for one tenant, key and version
// alone. Like the memo of tokens it holds personal values in memory, and another key empties it.
// Example: const step = rememberClean(agentStep, ['name', 'version']); step(agent, work) === agent
import type { Step } from './field-steps.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import type { Known, Work } from './work.ts';

const REMEMBERED_RECORDS = 2048;

/** The values a record declares, for one tenant under one key. */
export type Declared = {
  readonly tenantId: string;
  readonly version: string;
  readonly key: object | null;
  readonly known: readonly Known[];
  /** What became of the record where nothing else was declared; null until it was made once. */
  scrubbed: object | null;
};

/**
 * The step, left out for records of text that it left as they are before. `searched` are the fields
 * in which declared values are looked for.
 */
export function rememberClean(step: Step, searched: readonly string[]): Step {
  const clean = new TwoGenerationMap<object, string>(REMEMBERED_RECORDS);
  return (value, work) => {
    const record = value as Record<string, string | null>;
    const text = clean.get(record);
    if (text !== undefined && !work.mayHoldKnown(text)) return value;
    const counted = work.counted;
    const changed = step(value, work);
    if (text === undefined && changed === value && work.counted === counted) {
      // One text: what stands in a field stands in it too.
      clean.set(record, searched.map((name) => record[name] ?? '').join('\n'));
    }
    return changed;
  };
}

/** A memo of declared values: notes them and their tokens without looking at the record again. */
export class DeclaredMemo {
  readonly #memo = new TwoGenerationMap<object, Declared>(REMEMBERED_RECORDS);

  /**
   * Runs `declare` for a record, or repeats what it did for the same record before. Asks for the
   * key all the same, and throws where there is none.
   */
  note(record: object, work: Work, declare: () => void): void {
    const before = this.#memo.get(record);
    if (before !== undefined && before.tenantId === work.tenantId) {
      if (before.known.length === 0 || isUnder(before, work)) {
        work.repeat(record, before);
        return;
      }
      this.#memo.clear();
    }
    const start = work.known.length;
    declare();
    const known = work.known.splice(start);
    const key = known.length === 0 ? null : work.key;
    const { version } = work.keys;
    const made = { tenantId: work.tenantId, version, key, known, scrubbed: null };
    this.#memo.set(record, made);
    work.repeat(record, made);
  }
}

function isUnder(declared: Declared, work: Work): boolean {
  return declared.version === work.keys.version && declared.key === work.key;
}

/** The step, or what it made of the same record where the same values were declared. */
export function rememberDeclared(step: Step): Step {
  return (value, work) => {
    const { source } = work;
    const isAlone = source !== null && source.known.length === work.known.length;
    if (!isAlone || work.sourceRecord !== value) return step(value, work);
    if (source.scrubbed !== null) return source.scrubbed;
    const counted = work.counted;
    const scrubbed = step(value, work);
    if (work.counted === counted) source.scrubbed = scrubbed as object;
    return scrubbed;
  };
}
