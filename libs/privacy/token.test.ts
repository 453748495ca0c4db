// Tokens: their form, what they depend on, and what the memo holds.
// Guarantee: the form is recomputed here by hand, from the bytes that the doc names.
// Example: another key, another type, another version: another token.
import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rekeyDigest, tokenOf, Tokenizer, type PseudonymKeys } from './token.ts';

const key = (n: number) => createSecretKey(Buffer.alloc(32, n));
const keysOf = (version: string, n: number): PseudonymKeys => {
  const one = key(n);
  return { version, keyFor: () => one };
};

describe('a token', () => {
  test('is the truncated HMAC over length-prefixed type and normalised value', () => {
    const message = Buffer.concat([
      Buffer.from([0, 5]),
      Buffer.from('email'),
      Buffer.from([0, 0, 0, 15]),
      Buffer.from('bob@example.org'),
    ]);
    const mac = createHmac('sha256', key(1)).update(message).digest().subarray(0, 17);
    const token = tokenOf(key(1), 'k7', 'email', 'Bob@Example.ORG');
    expect(token).toMatch(/^pii_email_k7_[A-Za-z0-9_-]{22}$/);
    expect(token.slice(-22)).toBe(mac.toString('base64url').slice(0, 22));
  });

  test('differs by key and by type, and holds nothing of the value', () => {
    const one = tokenOf(key(1), 'k1', 'email', 'bob@example.org');
    expect(tokenOf(key(2), 'k1', 'email', 'bob@example.org')).not.toBe(one);
    expect(tokenOf(key(1), 'k1', 'actor', 'bob@example.org').slice(-22)).not.toBe(one.slice(-22));
    expect(one).not.toContain('bob');
  });
});

describe('the tokenizer', () => {
  test('remembers a bounded number of values', () => {
    const tokenizer = new Tokenizer(10);
    const keys = keysOf('k1', 1);
    for (let k = 0; k < 1000; k++) tokenizer.token(keys, 'acme', 'email', `u${k}@example.org`);
    expect(tokenizer.size).toBeLessThanOrEqual(20);
  });

  test('remembers nothing with a limit of 0', () => {
    const tokenizer = new Tokenizer(0);
    tokenizer.token(keysOf('k1', 1), 'acme', 'email', 'bob@example.org');
    expect(tokenizer.size).toBe(0);
  });

  test('forgets when the version or the key changes', () => {
    const tokenizer = new Tokenizer();
    const first = tokenizer.token(keysOf('k1', 1), 'acme', 'email', 'bob@example.org');
    const second = tokenizer.token(keysOf('k2', 2), 'acme', 'email', 'bob@example.org');
    const third = tokenizer.token(keysOf('k2', 3), 'acme', 'email', 'bob@example.org');
    expect(new Set([first, second, third]).size).toBe(3);
    expect(tokenizer.size).toBe(1);
  });

  test('keeps tenants apart', () => {
    const one = key(1);
    const other = key(2);
    const keys: PseudonymKeys = {
      version: 'k1',
      keyFor: (tenant) => (tenant === 'acme' ? one : other),
    };
    const tokenizer = new Tokenizer();
    const tokens = ['acme', 'globex', 'acme'].map((tenant) =>
      tokenizer.token(keys, tenant, 'email', 'bob@example.org'),
    );
    expect(tokens[0]).toBe(tokens[2]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  test('refuses a version that our own tokens could not carry', () => {
    expect(() => new Tokenizer().token(keysOf('v_1', 1), 'acme', 'email', 'x')).toThrow(TypeError);
  });
});

test('a digest under the key is equal for equal digests and says so in its name', () => {
  const keys = keysOf('k1', 1);
  const one = rekeyDigest(keys, 'acme', 'sha256:00');
  expect(one).toBe(rekeyDigest(keys, 'acme', 'sha256:00'));
  expect(one).not.toBe(rekeyDigest(keysOf('k1', 2), 'acme', 'sha256:00'));
  expect(one).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
});
