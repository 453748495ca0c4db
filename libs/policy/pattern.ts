// A regular expression of a rule → a test that takes time linear in the text, whatever the text.
// The syntax is RE2's (re2js decides what is legal). Where every way through the pattern can be
// counted and there are few (no unbounded repeats), V8's own engine runs a translation with the
// same meaning; else re2js' automaton runs.
// Example: compilePattern('(?i)ignore (all )?previous').test('Ignore previous …') → true
import { RE2JS } from 're2js';
import { LIMITS } from './limits.ts';
import { boundedForm } from './pattern-bound.ts';

export type Pattern = {
  readonly test: (text: string) => boolean;
  readonly engine: 'native' | 're2';
};

/** Throws Error with a plain sentence when the pattern is not legal RE2 or too large. */
export function compilePattern(source: string): Pattern {
  if (source.length > LIMITS.patternChars) {
    throw new Error(`more than ${LIMITS.patternChars} characters`);
  }
  const automaton = compileRe2(source);
  if (automaton.programSize() > LIMITS.patternProgram) {
    throw new Error(
      `a program of ${automaton.programSize()} steps (at most ${LIMITS.patternProgram})`,
    );
  }
  const native = nativeForm(source);
  if (native !== undefined) return { test: (text) => native.test(text), engine: 'native' };
  const start = literalStart(source);
  if (start === undefined) return { test: (text) => automaton.test(text), engine: 're2' };
  // Most texts do not even hold the words a pattern starts with; V8 searches those many times
  // faster.
  return { test: (text) => start.test(text) && automaton.test(text), engine: 're2' };
}

/** A search for the plain characters that every match starts with, when there are at least two. */
function literalStart(source: string): RegExp | undefined {
  if (source.includes('|')) return undefined;
  const found = /^(\(\?i\))?((?:[A-Za-z0-9 <>"'=_,;:/@!#%&~-]|\\[^A-Za-z0-9])+)/.exec(source);
  if (found === null) return undefined;
  const isRepeated = /^[?*+{]/.test(source.slice(found[0].length));
  const plain = (found[2] ?? '').replaceAll(/\\(.)/gs, '$1').slice(0, isRepeated ? -1 : undefined);
  if (plain.length < 2 || /[\ud800-\udfff]/.test(plain)) return undefined;
  const escaped = plain.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&');
  return new RegExp(escaped, found[1] === undefined ? 'u' : 'iu');
}

function compileRe2(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(reason.replace('error parsing regexp: ', ''), { cause: error });
  }
}

/** The pattern for V8's backtracking engine, where that is safe and means the same. */
export function nativeForm(source: string): RegExp | undefined {
  const form = boundedForm(source, LIMITS.patternSteps);
  if (form === undefined) return undefined;
  try {
    return new RegExp(form.source, form.flags);
  } catch {
    // An older V8 without inline flags; the automaton does the work.
    return undefined;
  }
}
