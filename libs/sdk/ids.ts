// Makes ids from injected randomness: UUID version 7 for events, W3C Trace Context ids for
// operations. Random bytes are drawn 4 KiB at a time. Layout of the UUID: RFC 9562 §5.7, with
// rand_a holding the fraction of the millisecond (§6.2 method 3), so that ids of one process sort
// by time to a quarter of a microsecond.
// Example: createIds(randomFillSync).traceId() → '4bf92f3577b34da6a3ce929d0e0e4736'

/** Fills the array with random bytes. */
export type FillRandom = (into: Uint8Array) => unknown;

export type Ids = {
  /** UUIDv7, lower case. `nowUs` is microseconds since 1970. */
  eventId(nowUs: number): string;
  /** 32 lower-case hex digits, not all zero. */
  traceId(): string;
  /** 16 lower-case hex digits, not all zero. */
  spanId(): string;
  /** A number in [0, 1). */
  fraction(): number;
};

const POOL_BYTES = 4096;

export function createIds(fill: FillRandom): Ids {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  const take = (bytes: number): number => {
    if (used + bytes > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    used += bytes;
    return used - bytes;
  };
  const hex = (bytes: number): string => {
    const at = take(bytes);
    // All zero is not a valid id; an odd last byte costs one bit at the few places where it
    // matters.
    if (pool[at] === 0) pool[at + bytes - 1] = (pool[at + bytes - 1] ?? 0) | 1;
    return pool.toString('hex', at, at + bytes);
  };
  return {
    eventId(nowUs) {
      const at = take(16);
      writeTime(pool, at, nowUs);
      pool[at + 8] = ((pool[at + 8] ?? 0) & 0x3f) | 0x80;
      const text = pool.toString('hex', at, at + 16);
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
    },
    traceId: () => hex(16),
    spanId: () => hex(8),
    fraction: () => pool.readUInt32BE(take(4)) / 2 ** 32,
  };
}

function writeTime(pool: Buffer, at: number, nowUs: number): void {
  const timeUs = Math.min(Math.max(Math.trunc(nowUs), 0), Number.MAX_SAFE_INTEGER);
  const ms = Math.floor(timeUs / 1000);
  const fraction = Math.floor(((timeUs % 1000) * 4096) / 1000);
  pool.writeUIntBE(ms, at, 6);
  pool[at + 6] = 0x70 | (fraction >> 8);
  pool[at + 7] = fraction & 0xff;
}
