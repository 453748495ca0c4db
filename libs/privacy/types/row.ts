// One row per type of personal value or secret. A row is the whole knowledge about its type: where
// the pass has to stop, how a candidate is checked, how equal values become equal text, which words
// around it count, and examples that must and must not be found (types/rows.test.ts runs every one
// of them).
// Guarantee: `find` looks at a bounded number of bytes around the trigger, or consumes what it
// looked at.
// Example: a new token format is one line in types/provider-keys.ts, with its examples.
import type { Scan } from '../scan.ts';

export const PII_TYPES = [
  'email',
  'phone',
  'card',
  'iban',
  'us_ssn',
  'ipv4',
  'ipv6',
  'jwt',
  'private_key',
  'aws_key',
  'gcp_key',
  'azure_key',
  'github_token',
  'gitlab_token',
  'slack_token',
  'stripe_key',
  'openai_key',
  'anthropic_key',
  'huggingface_token',
  'npm_token',
  'api_key',
  'url_credentials',
  'secret_assignment',
] as const;
export type PiiType = (typeof PII_TYPES)[number];

/**
 * Where the pass stops for a type: at any of these bytes, at the first digit of a number, or inside
 * a word. `before` and `after` list the bytes that may stand next to the trigger; most stops end at
 * these two look-ups.
 */
export type Trigger =
  | {
      readonly at: 'bytes';
      readonly bytes: string;
      readonly before?: string;
      /** The byte before that one. */
      readonly before2?: string;
      readonly after?: string;
    }
  | { readonly at: 'number' }
  | { readonly at: 'word_digit' };

export type TypeRow = {
  readonly type: PiiType;
  readonly trigger: Trigger;
  /** True when the type lies at the trigger; then scan.start and scan.end are its span in bytes. */
  readonly find: (scan: Scan, at: number) => boolean;
  /** Equal values give equal text: what goes under the key. Changing it changes NORM_VERSION. */
  readonly normalise: (raw: string) => string;
  /** Bits of context.ts that this type asks about, 0 when its shape alone decides. */
  readonly context: number;
  /** Text with the value between ‹ and ›. */
  readonly examples: readonly string[];
  /** Text in which this type must not be found. */
  readonly counterExamples: readonly string[];
};
