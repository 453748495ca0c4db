// The domain functions of the language that say something about one text: hosts, addresses, globs,
// paths. All take hostile input and answer in time linear in it (glob: pattern × text, the pattern
// bounded at load).
// Example: domainOf('https://user@Files.Example:8443/x') → 'files.example';
// pathTest(['/srv'])('/srv/../etc') → false
import ipaddr from 'ipaddr.js';

const PSEUDONYM = /^pii_[a-z0-9_]+_k\d+_[A-Za-z0-9_-]{22}$/;

/**
 * Host of a URL, of an e-mail address or of host[:port], in lower case; undefined when there is
 * none.
 */
export function domainOf(text: string): string | undefined {
  // A pseudonym stands for a value whose host nobody knows any more.
  if (text.length > 2048 || PSEUDONYM.test(text)) return undefined;
  const isUrl = text.includes('://');
  const address = !isUrl && text.includes('@') ? text.slice(text.lastIndexOf('@') + 1) : text;
  // WHATWG rules, because that is how clients read it: tricks with user@ and backslashes end the
  // same way.
  const url = isUrl ? address : `http://${address}`;
  const parsed = parseUrl(url);
  if (parsed === null) return undefined;
  const host = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return host === '' ? undefined : host.toLowerCase();
}

/** URL.parse is newer than the oldest Node that a guard may run on. */
function parseUrl(url: string): URL | null {
  if (typeof URL.parse === 'function') return URL.parse(url);
  return URL.canParse(url) ? new URL(url) : null;
}

/**
 * @returns a test for texts that are an address inside one of the ranges. Throws Error on a bad
 * range.
 */
export function cidrTest(ranges: readonly string[]): (text: string) => boolean {
  const parsed = ranges.map((range) => {
    if (!ipaddr.isValidCIDR(range)) throw new Error(`"${range}" is not a range like 10.0.0.0/8`);
    return ipaddr.parseCIDR(range);
  });
  return (text) => {
    // The library says no by throwing; names of hosts are kept from it.
    if (text.length > 64 || !/^[0-9a-f:.x]+$/i.test(text) || !ipaddr.isValid(text)) return false;
    // An IPv4 address dressed as IPv6 (::ffff:10.0.0.1) is the IPv4 address.
    const address = ipaddr.process(text);
    return parsed.some(([network, bits]) =>
      address.kind() === network.kind() ? address.match([network, bits] as never) : false,
    );
  };
}

/**
 * `*` is any run of characters, `?` one character, everything else itself; the whole text must
 * match.
 */
export function globTest(patterns: readonly string[]): (text: string) => boolean {
  return (text) => patterns.some((pattern) => matchesGlob(text, pattern));
}

/** Greedy with one step back to the last star: never worse than pattern × text. */
function matchesGlob(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern.charCodeAt(p);
    if (wanted === STAR) {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (wanted === QUESTION || wanted === text.charCodeAt(t))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}

const STAR = 42;
const QUESTION = 63;

/** Absolute paths at or below one of the prefixes, after `.`, `..`, `//` and `\` are resolved. */
export function pathTest(prefixes: readonly string[]): (text: string) => boolean {
  const roots = prefixes.map((prefix) => {
    const root = resolvedPath(prefix);
    if (root === undefined) throw new Error(`"${prefix}" is not an absolute path`);
    return root;
  });
  return (text) => {
    const path = resolvedPath(text);
    if (path === undefined) return false;
    return roots.some((root) => root === '/' || path === root || path.startsWith(`${root}/`));
  };
}

function resolvedPath(text: string): string | undefined {
  const path = text.replaceAll('\\', '/');
  if (!path.startsWith('/') || path.includes('\0')) return undefined;
  if (!path.includes('/.') && !path.includes('//') && !path.endsWith('/')) return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Length in Unicode code points, as CEL counts. */
export function codePoints(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1);
      if (low >= 0xdc00 && low <= 0xdfff) i++;
    }
    count++;
  }
  return count;
}
