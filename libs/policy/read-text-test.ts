// matches, cidr, glob and pathPrefix: what they test against is fixed by the rule and made ready
// when it is loaded.
// Example: textTestOf('glob', subject, argument, reading) for glob(tool.name, "db.*")
import type { Condition, TextTest } from './condition.ts';
import { LIMITS } from './limits.ts';
import type { Syntax } from './parse-condition.ts';
import { compilePattern } from './pattern.ts';
import { type Reading, constantTexts, textual, valueOf, wrong } from './read-value.ts';
import { cidrTest, globTest, pathTest } from './text-tests.ts';

export function textTestOf(
  name: TextTest['name'],
  subject: Syntax,
  argument: Syntax,
  reading: Reading,
): Condition {
  const of = textual(subject, valueOf(subject, reading));
  const against = constantTexts(argument, reading);
  try {
    return { is: 'text', name, of, against, test: readyTest(name, against) };
  } catch (error) {
    throw wrong(argument, WANTED[name], error instanceof Error ? error.message : String(error));
  }
}

const WANTED: Readonly<Record<TextTest['name'], string>> = {
  matches: 'a regular expression in RE2 syntax',
  cidr: 'an address range like 10.0.0.0/8',
  glob: 'a pattern with * and ?',
  pathPrefix: 'an absolute path',
};

/** Throws Error with a plain sentence on a bad pattern, range or path. */
export function readyTest(
  name: TextTest['name'],
  against: readonly string[],
): (text: string) => boolean {
  switch (name) {
    case 'matches': {
      const patterns = against.map((source) => compilePattern(source));
      const [only] = patterns;
      if (only !== undefined && patterns.length === 1) return only.test;
      return (subject) => patterns.some((pattern) => pattern.test(subject));
    }
    case 'cidr':
      return cidrTest(against);
    case 'glob':
      if (against.some((p) => p.length > LIMITS.patternChars)) throw new Error('a longer pattern');
      return globTest(against);
    case 'pathPrefix':
      return pathTest(against);
  }
}
