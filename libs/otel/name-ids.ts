// Ids made from names: the same source gives the same ids, so importing a file twice stores its
// events once. Name-based UUIDs are RFC 9562 version 8 over SHA-256; trace and span ids are the
// first bytes of the same hash.
// Example: nameUuid(['acme', 'run-7', 'message', '3']) → '6c0f…-8…-a…'
import { createHash } from 'node:crypto';

/** Parts are length-prefixed, so ['ab', 'c'] and ['a', 'bc'] are different names. */
export function nameHash(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}

export function nameUuid(parts: readonly string[]): string {
  const hex = nameHash(parts);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/**
 * 32 hex digits, never all zero (W3C Trace Context forbids it; SHA-256 makes it 2^-128 unlikely
 * anyway).
 */
export function nameTraceId(parts: readonly string[]): string {
  return nonZero(nameHash(parts).slice(0, 32));
}

/** 16 hex digits, never all zero. */
export function nameSpanId(parts: readonly string[]): string {
  return nonZero(nameHash(parts).slice(0, 16));
}

function nonZero(hex: string): string {
  return /^0+$/.test(hex) ? hex.replace(/0$/, '1') : hex;
}
