// All mistakes of a configuration in one error, so that they can be mended in one go.
// Guarantees: the message has one line per mistake, each with its code, place, what was wanted and
// what was found; no secret is ever among them. Code, facts and hint are those of the first
// mistake.
// Example: throw new ConfigError([first, ...others])
import { SpineError } from '@agentspine/outcome/errors';

export class ConfigError extends SpineError {
  readonly problems: readonly SpineError[];

  constructor(problems: readonly [SpineError, ...SpineError[]]) {
    super(problems[0].code, { ...problems[0].facts, hint: problems[0].hint });
    this.name = 'ConfigError';
    this.problems = problems;
    this.message = problems.map((problem) => problem.message).join('\n');
  }
}

const SHOWN_MAX = 80;

/** A value as messages show it: short, without the credentials of a URL. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = withoutCredentials(JSON.stringify(value));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** `https://user:pass@host` → `https://***@host`. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\/\/)[^\s/@"]+@/gu, '$1***@');
}
