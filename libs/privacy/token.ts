// Pseudonyms: pii_<type>_<key version>_<22 characters of base64url>, the first 128 bits of
// HMAC-SHA256(key, u16 length | type | u32 length | normalised value) (FIPS 198-1, RFC 2104;
// truncation RFC 2104 §5). Equal values of a tenant and domain give equal tokens; without the key
// nothing can be recomputed or guessed. The key is a KeyObject made by the keyring for (tenant,
// domain); the normalisation's version is part of the domain, so a change of normalisation can
// never mix two kinds of tokens under one key.
// Example: tokenOf(key, 'k1', 'email', 'Bob@Example.org') === tokenOf(key, 'k1', 'email',
// 'bob@example.org')
import { createHmac, type KeyObject } from 'node:crypto';
import { TOKEN_HASH_LENGTH } from './token-shape.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import { normaliseValue } from './types/catalogue.ts';
import type { PiiType } from './types/row.ts';

/**
 * Keys for pseudonyms, as the keyring gives them. `keyFor` derives once per (tenant, domain) and
 * remembers.
 */
export type PseudonymKeys = {
  /** k and a number: k1, k2, … */
  readonly version: string;
  readonly keyFor: (tenantId: string, domain: string) => KeyObject;
};

/**
 * Raise it whenever a normaliser changes: tokens made before must not be compared with those made
 * after.
 */
export const NORM_VERSION = 1;

/**
 * The scope in which equal people have equal tokens; other scopes (a project, a purpose) get other
 * names.
 */
export const TENANT_DOMAIN = `tenant|norm${NORM_VERSION}`;

/**
 * The token of a value. The type is one of PII_TYPES, or a name [a-z0-9_] that a field policy
 * declares.
 */
export function tokenOf(key: KeyObject, version: string, type: string, raw: string): string {
  const value = Buffer.from(normaliseValue(type as PiiType, raw));
  const head = Buffer.allocUnsafe(2 + type.length + 4);
  head.writeUInt16BE(type.length, 0);
  head.write(type, 2, 'latin1');
  head.writeUInt32BE(value.length, 2 + type.length);
  const digest = createHmac('sha256', key).update(head).update(value).digest('base64url');
  return `pii_${type}_${version}_${digest.slice(0, TOKEN_HASH_LENGTH)}`;
}

/**
 * Makes tokens and remembers the last ones, because the same people come again and again. It holds
 * personal values in memory: at most 2 × limit of them. A tenant's other key, or another version,
 * makes it forget all of them.
 */
export class Tokenizer {
  readonly #memo: TwoGenerationMap<string, string>;
  readonly #keys = new TwoGenerationMap<string, KeyObject>(1024);
  #version = '';

  constructor(limit = 8192) {
    this.#memo = new TwoGenerationMap(limit);
  }

  get size(): number {
    return this.#memo.size;
  }

  clear(): void {
    this.#memo.clear();
    this.#keys.clear();
  }

  /** Throws when there is no key, even for a value it remembers. */
  token(keys: PseudonymKeys, tenantId: string, type: string, raw: string): string {
    const key = keys.keyFor(tenantId, TENANT_DOMAIN);
    if (keys.version !== this.#version || this.#keys.get(tenantId) !== key) {
      this.#turnTo(keys.version, tenantId, key);
    }
    if (raw.length > LONGEST_REMEMBERED) return tokenOf(key, keys.version, type, raw);
    const memoKey = `${tenantId}\0${type}\0${raw}`;
    let token = this.#memo.get(memoKey);
    if (token === undefined) {
      token = tokenOf(key, keys.version, type, raw);
      this.#memo.set(memoKey, token);
    }
    return token;
  }

  #turnTo(version: string, tenantId: string, key: KeyObject): void {
    if (!/^k[0-9]{1,6}$/.test(version)) throw new TypeError('a key version is k and a number');
    if (version !== this.#version || this.#keys.get(tenantId) !== undefined) this.clear();
    this.#version = version;
    this.#keys.set(tenantId, key);
  }
}

const LONGEST_REMEMBERED = 256;

/**
 * A digest of an original is a way to guess it (a body of one card number has 10^15 candidates).
 * Where the original held something personal its plain digest is put under the key: equal originals
 * still have equal digests.
 */
export function rekeyDigest(keys: PseudonymKeys, tenantId: string, digest: string): string {
  const key = keys.keyFor(tenantId, `digest|${TENANT_DOMAIN}`);
  return `hmac-sha256:${createHmac('sha256', key).update(digest).digest('hex')}`;
}
