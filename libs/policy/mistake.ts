// A mistake in a rule file: where it is, what was wanted and what was found. Collected, so that one
// reading of a file names them all; thrown as one SpineError when the file is needed.
// Example: raise(mistakes) throws SPINE_POLICY_FILE for the first and lists the rest in its hint.
import { SpineError } from '@agentspine/outcome/errors';

export type Mistake = { readonly where: string; readonly wanted: string; readonly found: string };

/** Thrown inside the reading of one condition; `offset` counts characters from its start. */
export class ConditionError extends Error {
  readonly wanted: string;
  readonly found: string;
  readonly offset: number;

  constructor(wanted: string, found: string, offset: number) {
    super(`wanted ${wanted}, found ${found}`);
    this.name = 'ConditionError';
    this.wanted = wanted;
    this.found = found;
    this.offset = offset;
  }
}

const LISTED = 20;

/**
 * Throws SPINE_POLICY_FILE when there is a mistake; the others of the same reading are in hint and
 * cause.
 */
export function raise(mistakes: readonly Mistake[]): void {
  const [first, ...rest] = mistakes;
  if (first === undefined) return;
  const errors = mistakes.map((m) => new SpineError('SPINE_POLICY_FILE', m));
  if (rest.length === 0) throw errors[0];
  const lines = rest
    .slice(0, LISTED)
    .map((m) => `${m.where}: wanted ${m.wanted}, found ${m.found}`);
  const more = rest.length > LISTED ? [`and ${rest.length - LISTED} more`] : [];
  throw new SpineError('SPINE_POLICY_FILE', {
    ...first,
    hint: ['Mend the rule at the place named. Also:', ...lines, ...more].join('\n  '),
    cause: new AggregateError(errors, `${mistakes.length} mistakes in rule files`),
  });
}

/** Text of a rule in a message: quoted, one line, bounded. */
export function quoted(text: unknown): string {
  // JSON has no word for undefined and functions; then it gives undefined.
  const json = JSON.stringify(text) as string | undefined;
  const shown = json ?? typeof text;
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
