// Money from decimals without float drift: 0.0000672 + 0.0000048 dollars is exactly 72,000
// billionths. A JSON number is read by its shortest decimal form (String(value)), which is what its
// writer meant.
// Example: nanoUsd([0.0000672, 4.8e-6]) → 72000

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** Decimals kept while adding; finer amounts than 1e-18 dollars do not exist in any price list. */
const SCALE = 18;
const PER_NANO = 10n ** 9n;

/**
 * Sum of dollar amounts in billionths, the nearest integer (ties up); null if one is no amount or
 * it is too large.
 */
export function nanoUsd(amounts: readonly unknown[]): number | null {
  let sum = 0n;
  for (const amount of amounts) {
    const scaled = scaledAmount(amount);
    if (scaled === null) return null;
    sum += scaled;
  }
  const nanos = Number((sum + PER_NANO / 2n) / PER_NANO);
  return Number.isSafeInteger(nanos) ? nanos : null;
}

function scaledAmount(amount: unknown): bigint | null {
  if (!['number', 'bigint', 'string'].includes(typeof amount)) return null;
  const parts = DECIMAL.exec(String(amount));
  if (parts === null) return null;
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  const shift = SCALE + Number(exponent) - fraction.length;
  if (shift > 2 * SCALE || shift < -4 * SCALE || whole.length + fraction.length > 40) return null;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}
