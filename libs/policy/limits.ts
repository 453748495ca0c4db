// Every bound of the policy language in one place: what a rule may cost is settled when it is
// loaded, not when it runs.
// Example: a condition of more than LIMITS.conditionNodes nodes is refused with file and line.

export const LIMITS = {
  /** Characters of one condition or macro, as written. */
  conditionChars: 4096,
  /** Nodes of one condition after macros are expanded. */
  conditionNodes: 256,
  /** Nesting of one condition as written. */
  conditionDepth: 32,
  /** Macros inside macros. */
  macroDepth: 8,
  /**
   * Elements of a list in a rule file, and elements of an event's list that a condition looks at.
   */
  listItems: 256,
  /** Characters of a regular expression. */
  patternChars: 512,
  /** Instructions of the compiled regular expression (counted repeats multiply). */
  patternProgram: 4000,
  /** Steps per starting position up to which a pattern may run on the backtracking engine. */
  patternSteps: 2000,
  /** Characters of a body that json() parses; a longer one is absent. */
  jsonChars: 65_536,
  /** Rows of one exception. */
  exceptionRows: 256,
  /** Characters of a message after its placeholders are filled, and of one value in it. */
  messageChars: 300,
  messageValueChars: 80,
  /** Rules of one bundle. */
  rules: 2000,
} as const;
