// The keyring and its file: what opens, what does not, and what two purposes must never share.
// Guarantee: every way to damage or lose a file ends in SPINE_KEYS_FILE, never in open data.
// Example: a key file of mode 0640 is refused.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createSecretKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSpineError } from '@agentspine/outcome/errors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyring, kekPath, openKeyring, rotateKeyring } from './keyring-file.ts';
import { keyringOf } from './keyring.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
let dir = '';
let path = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keyring-'));
  path = join(dir, 'state', 'keyring.json');
});
afterEach(() => rmSync(dir, { recursive: true }));

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (isSpineError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a keyring file', () => {
  test('gives the same keys each time it is opened', () => {
    createKeyring(path, NOW);
    const [one, other] = [openKeyring(path), openKeyring(path)].map((keyring) =>
      keyring.pseudonyms().keyFor('acme', 'tenant|norm1'),
    );
    expect(one?.equals(other!)).toBe(true);
  });

  test('is for its owner alone, and so is its key', () => {
    createKeyring(path, NOW);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(kekPath(path)).mode & 0o777).toBe(0o600);
  });

  test('holds no root in clear', () => {
    createKeyring(path, NOW);
    const { versions } = JSON.parse(readFileSync(path, 'utf8')) as {
      versions: { wrapped: string }[];
    };
    expect(Buffer.from(versions[0]!.wrapped, 'base64')).toHaveLength(12 + 32 + 16);
  });

  test('is never replaced by create', () => {
    createKeyring(path, NOW);
    expect(refusal(() => createKeyring(path, NOW)).code).toBe('SPINE_KEYS_FILE');
    expect(openKeyring(path).version).toBe('k1');
  });

  test.each([
    ['the keyring is missing', () => rmSync(path)],
    ['the key is missing', () => rmSync(kekPath(path))],
    ['the keyring is readable by others', () => chmodSync(path, 0o644)],
    ['the key is readable by the group', () => chmodSync(kekPath(path), 0o640)],
    ['the keyring is no JSON', () => writeFileSync(path, '{')],
    ['the keyring has another format', () => writeFileSync(path, '{"format":"x"}')],
    ['the key is short', () => writeFileSync(kekPath(path), 'AAAA\n')],
    [
      'the key is another',
      () => writeFileSync(kekPath(path), Buffer.alloc(32, 7).toString('base64')),
    ],
    [
      'a version is renamed',
      () => writeFileSync(path, readFileSync(path, 'utf8').replace('"k1"', '"k2"')),
    ],
  ])('does not open when %s', (_, damage) => {
    createKeyring(path, NOW);
    damage();
    const { code, message } = refusal(() => openKeyring(path));
    expect(code).toBe('SPINE_KEYS_FILE');
    expect(message).toContain(dir);
  });

  test('rotates to a new version and still opens what the old one sealed', () => {
    createKeyring(path, NOW);
    const before = openKeyring(path);
    const sealed = before.seal(Buffer.from('body'), 'agent.events/0/7');
    expect(rotateKeyring(path, NOW)).toBe('k2');
    const after = openKeyring(path);
    expect(after.version).toBe('k2');
    expect(after.versions).toEqual(['k1', 'k2']);
    expect(after.open(sealed, 'agent.events/0/7').toString()).toBe('body');
    const key = (keyring: typeof after, version?: string) =>
      keyring.pseudonyms(version).keyFor('acme', 'd');
    expect(key(after).equals(key(before))).toBe(false);
    expect(key(after, 'k1').equals(key(before))).toBe(true);
  });

  test('is not rotated under a key that does not open it', () => {
    createKeyring(path, NOW);
    writeFileSync(kekPath(path), Buffer.alloc(32, 7).toString('base64'));
    expect(refusal(() => rotateKeyring(path, NOW)).code).toBe('SPINE_KEYS_FILE');
    expect(readFileSync(path, 'utf8')).not.toContain('k2');
  });
});

describe('derived keys', () => {
  const keyring = keyringOf([{ version: 'k1', key: createSecretKey(Buffer.alloc(32, 1)) }]);

  test('differ by tenant, by domain and from every other purpose', () => {
    const keys = keyring.pseudonyms();
    const all = [
      keys.keyFor('acme', 'a'),
      keys.keyFor('globex', 'a'),
      keys.keyFor('acme', 'b'),
      keys.keyFor('', ''),
    ].map((key) => key.export().toString('hex'));
    expect(new Set(all).size).toBe(4);
    const sealed = keyring.seal(Buffer.from('x'), 'a');
    expect(all.join()).not.toContain(sealed.bytes.toString('hex'));
  });

  test('are derived once and again after forget, to the same key', () => {
    const one = keyring.pseudonyms().keyFor('acme', 'a');
    expect(keyring.pseudonyms().keyFor('acme', 'a')).toBe(one);
    keyring.forget();
    const again = keyring.pseudonyms().keyFor('acme', 'a');
    expect(again).not.toBe(one);
    expect(again.equals(one)).toBe(true);
  });

  test('of a version that is not there are refused', () => {
    expect(refusal(() => keyring.pseudonyms('k9')).code).toBe('SPINE_KEYS_FILE');
  });
});

describe('sealed bytes', () => {
  const keyring = keyringOf([{ version: 'k1', key: createSecretKey(Buffer.alloc(32, 1)) }]);

  test('are nonce, ciphertext and tag, and differ each time', () => {
    const body = Buffer.from('the original record');
    const [one, other] = [keyring.seal(body, 'a'), keyring.seal(body, 'a')];
    expect(one.bytes).toHaveLength(12 + body.length + 16);
    expect(one.bytes.equals(other.bytes)).toBe(false);
    expect(one.bytes.includes('original')).toBe(false);
    expect(keyring.open(one, 'a').equals(body)).toBe(true);
  });

  test('do not open at another place, changed, or cut', () => {
    const sealed = keyring.seal(Buffer.from('body'), 'agent.events/0/7');
    const changed = Buffer.from(sealed.bytes);
    changed[14]! ^= 1;
    expect(refusal(() => keyring.open(sealed, 'agent.events/0/8')).code).toBe('SPINE_KEYS_FILE');
    for (const bytes of [changed, sealed.bytes.subarray(0, 20), Buffer.alloc(0)]) {
      const opened = () => keyring.open({ ...sealed, bytes }, 'agent.events/0/7');
      expect(refusal(opened).code).toBe('SPINE_KEYS_FILE');
    }
  });
});
