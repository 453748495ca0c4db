// All types, in the order in which they are asked at one trigger. A new family of types is one more
// line here.
// Example: ROWS.find((row) => row.type === 'iban')?.normalise('DE89 3704 …')
import { ASSIGNMENT_ROWS } from './assignment.ts';
import { CREDENTIAL_ROWS } from './credentials.ts';
import { EMAIL_ROWS } from './email.ts';
import { FINANCE_ROWS } from './finance.ts';
import { IDENTITY_ROWS } from './identity.ts';
import { NETWORK_ROWS } from './network.ts';
import { PHONE_ROWS } from './phone.ts';
import { PROVIDER_KEY_ROWS } from './provider-keys.ts';
import type { PiiType, TypeRow } from './row.ts';

export const ROWS: readonly TypeRow[] = [
  ...NETWORK_ROWS,
  ...IDENTITY_ROWS,
  ...FINANCE_ROWS,
  ...PHONE_ROWS,
  ...EMAIL_ROWS,
  ...PROVIDER_KEY_ROWS,
  ...CREDENTIAL_ROWS,
  ...ASSIGNMENT_ROWS,
];

const NORMALISERS = new Map(ROWS.map((row) => [row.type, row.normalise]));

/**
 * The value as it goes under the key: equal people give equal text. A value its normaliser refuses
 * stays as it is.
 */
export function normaliseValue(type: PiiType, raw: string): string {
  try {
    return NORMALISERS.get(type)?.(raw) ?? raw;
  } catch {
    return raw;
  }
}
