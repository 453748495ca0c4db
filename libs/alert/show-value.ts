// Numbers as people read them in an alert: a share in percent, money in dollars, time in its unit.
// Guarantees: never an exponent, never NaN: what is not a number is "no data".
// Example: showValue(0.123, 'share') → '12.3 %'
import type { Metric } from './metrics.ts';

export function showValue(value: number, unit: Metric['unit']): string {
  if (!Number.isFinite(value)) return 'no data';
  switch (unit) {
    case 'share':
      return `${number(value * 100)} %`;
    case 'usd':
      return `$${value.toLocaleString('en-US', { maximumFractionDigits: value < 1 ? 4 : 2 })}`;
    case 'ms':
      return value >= 10_000 ? `${number(value / 1_000)} s` : `${number(value)} ms`;
    case 's':
      return `${number(value)} s`;
    case 'tokens':
      return `${number(value)} tokens`;
    case 'count':
    case 'score':
      return number(value);
    default:
      return unit satisfies never;
  }
}

export function showCount(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function number(value: number): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 1 ? 1 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
