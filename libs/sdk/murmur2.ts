// Kafka's default partitioner: murmur2 of the key's bytes, made positive, modulo the partitions, so
// that every client puts a run on the same partition. MurmurHash2 by Austin Appleby with Kafka's
// seed, as in org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey
// (Apache Kafka 4.x).
// Example: partitionOf('acme-retail|run-7', 6) → 0…5

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** The hash as a signed 32-bit integer, as Java has it. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const whole = length & ~3;
  let h = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let k = byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16);
    k |= byte(data, at + 3) << 24;
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> R), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length - whole;
  if (rest > 2) h ^= byte(data, whole + 2) << 16;
  if (rest > 1) h ^= byte(data, whole + 1) << 8;
  if (rest > 0) h = Math.imul(h ^ byte(data, whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

function byte(data: Uint8Array, at: number): number {
  return data[at] ?? 0;
}
