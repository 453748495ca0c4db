// The shape of our own tokens, so that they are recognised in text and left alone: scrubbing twice
// changes nothing. pii_<type>_<key version>_<22 characters of base64url>; the type is one of the
// table or declared by a field policy.
// Example: tokenEnd(bytes, at, end) is the position after a token at `at`, 0 where there is none.
import { isAlnum, isBase64Url } from './scan.ts';

/** Characters of the HMAC, truncated to 128 bits, in base64url without padding. */
export const TOKEN_HASH_LENGTH = 22;
const MAX_NAME = 48;

/**
 * End of the token at `at`. Type names are [a-z0-9_], key versions [a-z0-9]; both together end at
 * the underscore with exactly 22 characters of base64url behind it: the first such place counts,
 * because a type and a version are written in lower case and 22 characters of a hash practically
 * never are.
 */
export function tokenEnd(b: Uint8Array, at: number, to: number): number {
  if (b[at] !== 112 || b[at + 1] !== 105 || b[at + 2] !== 105 || b[at + 3] !== 95) return 0;
  const stop = Math.min(to, at + MAX_NAME);
  let underscores = 0;
  for (let i = at + 4; i < stop; i++) {
    const c = b[i]!;
    if (c === 95) {
      if (b[i - 1] === 95) return 0;
      underscores++;
      if (underscores > 1 && isVersion(b, i)) return hashEnd(b, i + 1, to);
    } else if (!isAlnum(c) || (c > 64 && c < 91)) return 0;
  }
  return 0;
}

/** A key version ends before `at`: k and digits. */
function isVersion(b: Uint8Array, at: number): boolean {
  let i = at - 1;
  while (b[i]! > 47 && b[i]! < 58) i--;
  return i < at - 1 && b[i] === 107 && b[i - 1] === 95;
}

function hashEnd(b: Uint8Array, from: number, to: number): number {
  const end = from + TOKEN_HASH_LENGTH;
  if (end > to) return 0;
  for (let i = from; i < end; i++) if (!isBase64Url(b[i]!)) return 0;
  return end;
}
