// Writes values for people, the same on the terminal and on a page: 812 ms, 12.3 %, $0.0042, ×3.1.
// Guarantees: pure; what is no finite number is –; control and direction characters never come
// through, so that a value of data cannot move the cursor or turn the line around.
// Example: showValue(1_240, 'ms') // '1.24 s'
import type { Unit } from './report.ts';

export const UNKNOWN = '–';
const HUGE = 1e15;

/** time: milliseconds since 1970, or a text that is shown as it is. */
export function showValue(value: unknown, unit: Unit): string {
  if (Array.isArray(value)) return value.map((one) => showValue(one, unit)).join(', ');
  if (typeof value === 'string') return printable(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'bigint') return showNumber(Number(value), unit);
  if (typeof value !== 'number') return value === null || value === undefined ? UNKNOWN : '?';
  return showNumber(value, unit);
}

function showNumber(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (unit === 'time') return showTime(value);
  if (Math.abs(value) >= HUGE) return value.toExponential(2);
  if (unit === 'ms') return milliseconds(value);
  if (unit === 'share') return share(value);
  if (unit === 'usd') return dollars(value);
  if (unit === 'factor') return `×${digits(value, value < 10 ? 2 : 1)}`;
  return digits(value, Math.abs(value) < 10 ? 3 : 1);
}

/** 2026-11-27 14:05, UTC. */
export function showTime(ms: number): string {
  // The calendar of Date ends at 8.64e15.
  if (Math.abs(ms) > 8.64e15 || Number.isNaN(ms)) return UNKNOWN;
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

/** Spans for people: 90 min, 24 h, 7 d. */
export function showSpan(ms: number): string {
  const minutes = Math.round(ms / 60e3);
  if (minutes < 120) return `${minutes} min`;
  const hours = minutes / 60;
  return hours <= 72 ? `${digits(hours, 1)} h` : `${digits(hours / 24, 1)} d`;
}

/** 1 run, 2 runs. */
export function counted(count: number, noun: string): string {
  return `${showValue(count, 'count')} ${noun}${count === 1 ? '' : 's'}`;
}

/** One line, without characters that steer a terminal or the direction of text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
}

function milliseconds(ms: number): string {
  const size = Math.abs(ms);
  if (size < 10) return `${digits(ms, 2)} ms`;
  if (size < 1e3) return `${digits(ms, 0)} ms`;
  if (size < 120e3) return `${(ms / 1e3).toFixed(size < 10e3 ? 2 : 1)} s`;
  if (size < 7_200e3) return `${digits(ms / 60e3, 1)} min`;
  return `${digits(ms / 3_600e3, 1)} h`;
}

function share(value: number): string {
  const percent = value * 100;
  const size = Math.abs(percent);
  return `${digits(percent, size >= 0.1 || size === 0 ? 1 : 3)} %`;
}

function dollars(usd: number): string {
  const size = Math.abs(usd);
  const places = size >= 1 || size === 0 ? 2 : size >= 0.01 ? 4 : 6;
  const text = size.toLocaleString('en-US', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  return `${usd < 0 ? '−' : ''}$${text}`;
}

function digits(value: number, places: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: places }).replace('-', '−');
}
