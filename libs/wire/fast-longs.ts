// Whole numbers into Avro's zig-zag varints, large ones (times in microseconds, durations in
// nanoseconds) without floating-point division per byte.
// Guarantee: the same bytes and positions as avsc's own, also past the end of the buffer
// (fast-longs.test.ts).
// Example: tapPrototype.writeLong = writeLong (guard-avsc.ts)
import type { StringTap } from './fast-strings.ts';

const LOW_BITS = 2 ** 28;

export function writeLong(this: StringTap, value: number): void {
  const { buf } = this;
  let at = this.pos;
  let rest: number;
  if (value >= -0x40000000 && value < 0x40000000) {
    rest = (value << 1) ^ (value >> 31);
  } else {
    // Twice a safe integer is exact; 28 bits are four bytes, the rest fits in 32.
    const zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
    const high = Math.floor(zigzag / LOW_BITS);
    const low = zigzag - high * LOW_BITS;
    buf[at++] = (low & 0x7f) | 0x80;
    buf[at++] = ((low >> 7) & 0x7f) | 0x80;
    buf[at++] = ((low >> 14) & 0x7f) | 0x80;
    buf[at++] = (low >> 21) | 0x80;
    rest = high;
  }
  while (rest > 0x7f) {
    buf[at++] = (rest & 0x7f) | 0x80;
    rest >>= 7;
  }
  buf[at++] = rest;
  this.pos = at;
}
