// Network addresses of people's machines: IPv4 and IPv6. Loopback, unspecified, broadcast and
// netmasks name nobody and stay. A version has four numbers as well, so the words before, the key
// and the product/… form decide.
// Example: "login from 203.0.113.7:443" is found; "Chrome/120.0.0.0" and "version 1.2.3.4" are not.
import ipaddr from 'ipaddr.js';
import { VERSION, wordsBefore } from '../context.ts';
import { DOT, RUN, number } from '../numeric-run.ts';
import { isDigit, isHex, isLetter, isWord, type Scan } from '../scan.ts';
import type { TypeRow } from './row.ts';

/** "version is 1.2.3.4", but not "the driver connected from 203.0.113.7". */
const VERSION_WINDOW = 14;

function findIpv4(scan: Scan, at: number): boolean {
  if (RUN.groups < 4 || RUN.separator[0] !== DOT) return false;
  const b = scan.b;
  const end = ipv4End(b, at);
  if (end === 0 || end > scan.to || isSpecial(b, at, end)) return false;
  const before = b[at - 1]!;
  if ((before === 46 || before === 45 || before === 64) && isWord(b[at - 2]!)) return false;
  if (isProductVersion(b, at, end) || (wordsBefore(scan, at, VERSION_WINDOW) & VERSION) !== 0)
    return false;
  if ((b[at - 1] === 61 || b[at - 1] === 62) && b[at - 2] === 61) return false;
  scan.start = at;
  scan.end = end;
  return true;
}

/** End of four decimal octets without leading zeros, 0 where there are none. */
function ipv4End(b: Uint8Array, at: number): number {
  let i = at;
  for (let octet = 0; octet < 4; octet++) {
    const start = i;
    while (i - start < 4 && isDigit(b[i]!)) i++;
    const length = i - start;
    if (length === 0 || length > 3 || number(b, start, length) > 255) return 0;
    if (length > 1 && b[start] === 48) return 0;
    if (octet < 3 && b[i++] !== 46) return 0;
  }
  if (isWord(b[i]!) || (b[i] === 46 && isDigit(b[i + 1]!))) return 0;
  return i;
}

/** 0.x, loopback, and masks that start with 255 name no machine of a person. */
function isSpecial(b: Uint8Array, at: number, end: number): boolean {
  const first = number(b, at, end - at > 0 && b[at + 1] === 46 ? 1 : b[at + 2] === 46 ? 2 : 3);
  return first === 0 || first === 127 || first === 255;
}

/**
 * Chrome/120.0.0.0: a product name before the slash, with a capital or a version that ends in .0.0.
 */
function isProductVersion(b: Uint8Array, at: number, end: number): boolean {
  if (b[at - 1] !== 47 || !isLetter(b[at - 2]!)) return false;
  if (b[end - 1] === 48 && b[end - 2] === 46 && b[end - 3] === 48 && b[end - 4] === 46) return true;
  let i = at - 2;
  while (i > at - 24 && isLetter(b[i - 1]!)) i--;
  return b[i]! < 91 && b[i - 1] !== 47;
}

function findIpv6(scan: Scan, at: number): boolean {
  const b = scan.b;
  if (b[at + 1] !== 58 && !isHex(b[at + 1]!)) return false;
  let start = at;
  while (start > scan.floor && at - start < 5 && isHex(b[start - 1]!)) start--;
  if (at - start > 4 || (start > scan.from && isWord(b[start - 1]!))) return false;
  if (b[start - 1] === 58 && start - 1 >= scan.floor && continuesGroup(b, start - 2)) return false;
  const end = ipv6End(b, start);
  if (end === 0 || end > scan.to) return false;
  scan.start = start;
  scan.end = end;
  return true;
}

/** True when a whole group of hex digits ends at `at`: then the address started further left. */
function continuesGroup(b: Uint8Array, at: number): boolean {
  let i = at;
  while (at - i < 5 && isHex(b[i]!)) i--;
  return i < at && at - i < 5 && !isWord(b[i]!);
}

/** End of the address that starts at `start` (RFC 4291 §2.2), 0 where there is none. */
function ipv6End(b: Uint8Array, start: number): number {
  let i = start;
  let groups = 0;
  let elided = false;
  let pairsOnly = true;
  if (b[i] === 58) {
    if (b[i + 1] !== 58) return 0;
    elided = true;
    i += 2;
  }
  while (isHex(b[i]!) && groups < 8) {
    const group = i;
    while (i - group < 5 && isHex(b[i]!)) i++;
    if (b[i] === 46 && groups > 0) {
      const end = ipv4End(b, group);
      if (end > 0) {
        groups += 2;
        pairsOnly = false;
        i = end;
        break;
      }
    }
    if (i - group > 4) return 0;
    if (i - group !== 2) pairsOnly = false;
    groups++;
    if (b[i] !== 58) break;
    if (b[i + 1] === 58) {
      if (elided) return 0;
      elided = true;
      i += 2;
    } else if (isHex(b[i + 1]!)) i++;
    else break;
  }
  if (isWord(b[i]!) || (b[i] === 58 && isHex(b[i + 1]!))) return 0;
  if (elided) return groups < 8 && namesAMachine(b, start, groups) ? i : 0;
  return groups === 8 && !pairsOnly ? i : 0;
}

/** Tells addresses from a::b of programs: three groups, or the first group of a network in use. */
function namesAMachine(b: Uint8Array, start: number, groups: number): boolean {
  if (groups >= 3) return true;
  if (b[start + 4] !== 58 || groups === 0) return false;
  const first = b[start]! | 32;
  const second = b[start + 1]! | 32;
  if (b[start] === 50 || b[start] === 51) return true;
  return (
    first === 102 && (second === 99 || second === 100 || (second === 101 && b[start + 2]! > 55))
  );
}

function canonical(raw: string): string {
  return ipaddr.process(raw).toString();
}

export const NETWORK_ROWS: readonly TypeRow[] = [
  {
    type: 'ipv4',
    trigger: { at: 'number' },
    find: findIpv4,
    normalise: canonical,
    context: VERSION,
    examples: [
      'login from ‹203.0.113.7›',
      'http://‹198.51.100.23›:8080/x',
      '‹10.218.6.131› blocked',
      'cidr ‹192.0.2.0›/24',
      'peer=‹192.0.2.44›,',
      'the driver connected from ‹203.0.113.7›',
    ],
    counterExamples: [
      'version 1.2.3.4',
      'Version is 1.2.3.4',
      'upgrade to 1.2.3.4',
      'v1.2.3.4',
      'Chrome/120.0.0.0 Safari/537.36',
      'pkg@1.2.3.4',
      'left-pad-1.2.3.4.tgz',
      'requests==2.31.0.1',
      '1.2.3.4.5',
      '256.1.1.1',
      '127.0.0.1',
      '0.0.0.0',
      '255.255.255.0',
      'section 1.2.3.4',
      '01.02.03.04',
    ],
  },
  {
    type: 'ipv6',
    trigger: { at: 'bytes', bytes: ':', after: ':0123456789abcdefABCDEF' },
    find: findIpv6,
    normalise: canonical,
    context: 0,
    examples: [
      'from ‹2001:db8::8a2e:370:7334›.',
      '‹2001:0db8:85a3:0000:0000:8a2e:0370:7334›',
      'addr:‹fe80::1›%eth0',
      '[‹2001:db8::1›]:443',
      '‹::ffff:192.0.2.128›',
      '‹d80:e4b5:79da:6cf6:71f3:51f7:9161:c319›',
    ],
    counterExamples: [
      'at 10:11:12',
      'std::vector',
      'abc::def',
      '::1',
      'aa:bb:cc:dd:ee:ff',
      'aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99',
      'ratio 16:9',
      '2026-11-22T10:11:12',
      'key::',
    ],
  },
];
