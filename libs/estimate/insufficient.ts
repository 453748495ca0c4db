// The answer where there is no answer: too little data, or data that cannot carry one, in words.
// Guarantees: a caller that wants a number has to look at `state` first, so that no number stands
// where none can be given.
// Example: insufficient(10, 200).words → 'insufficient data: 10 of 200'

export type Insufficient = {
  readonly state: 'insufficient_data';
  /** One sentence: what is missing, and how much of it. */
  readonly words: string;
  /** What there is, and what it would take; of the first thing that is missing. */
  readonly n: number;
  readonly needed: number;
};

/** Fewer than needed of something; `what` names it where it is not plain. */
export function insufficient(n: number, needed: number, what = ''): Insufficient {
  const of = what === '' ? '' : ` ${what}`;
  return {
    state: 'insufficient_data',
    words: `insufficient data: ${n} of ${needed}${of}`,
    n,
    needed,
  };
}

/** Enough in number, yet not fit to answer: `why` says it. */
export function unfit(why: string, n: number, needed: number): Insufficient {
  return { state: 'insufficient_data', words: `insufficient data: ${why}`, n, needed };
}
