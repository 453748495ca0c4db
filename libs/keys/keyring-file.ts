// A keyring kept in two files, both mode 0600: the keyring (JSON: versions with their wrapped
// roots) and, beside it, <keyring>.kek, the key-encryption key. Keep the second one elsewhere, or
// behind a key service, where it matters.
// Guarantees: files that others may read are refused; a file is written whole or not at all; of two
// processes that create a keyring at once, one makes it and the other gets SPINE_KEYS_FILE and may
// open it.
// Example: const keyring = openKeyring(createKeyring('.spine/keyring.json'))
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { SpineError } from '@agentspine/outcome/errors';
import { decrypt, encrypt, keyringOf, type Keyring, type RootWrapper } from './keyring.ts';

const FORMAT = 'agentspine-keyring/1';
const KEY_BYTES = 32;

type Version = { readonly version: string; readonly created: string; readonly wrapped: string };
type KeyringFile = {
  readonly format: typeof FORMAT;
  readonly wrapped_by: string;
  readonly versions: readonly Version[];
};

/** Where the key-encryption key of a keyring file lies. */
export function kekPath(path: string): string {
  return `${path}.kek`;
}

/** Makes a keyring with its first version, k1. Refuses to replace one. Returns the path. */
export function createKeyring(path: string, now: Date): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const kek = randomBytes(KEY_BYTES);
  writeNew(kekPath(path), `${kek.toString('base64')}\n`);
  const versions = [newVersion(fileWrapper(createSecretKey(kek)), 'k1', now)];
  writeNew(path, render({ format: FORMAT, wrapped_by: 'file', versions }));
  return path;
}

/**
 * Opens a keyring. Throws SPINE_KEYS_FILE: missing, readable by others, damaged, or of another key.
 */
export function openKeyring(path: string, wrapper: RootWrapper = openFileWrapper(path)): Keyring {
  const file = readKeyring(path);
  return keyringOf(
    file.versions.map(({ version, wrapped }) => ({
      version,
      key: createSecretKey(unwrap(wrapper, wrapped, version, path)),
    })),
  );
}

/**
 * Adds a version and makes it current; older ones stay, so that what they sealed still opens.
 * Returns its name.
 */
export function rotateKeyring(
  path: string,
  now: Date,
  wrapper: RootWrapper = openFileWrapper(path),
): string {
  const file = readKeyring(path);
  const numbers = file.versions.map(({ version }) => Number(version.slice(1)));
  const version = `k${Math.max(...numbers) + 1}`;
  // a wrapper that cannot open what is there must not add to it
  for (const known of file.versions) unwrap(wrapper, known.wrapped, known.version, path);
  const versions = [...file.versions, newVersion(wrapper, version, now)];
  replace(path, render({ ...file, versions }));
  return version;
}

/** Wraps roots under the key beside the keyring, with AES-256-GCM bound to the version's name. */
export function openFileWrapper(path: string): RootWrapper {
  const where = kekPath(path);
  const kek = Buffer.from(readSecret(where).trim(), 'base64');
  if (kek.length !== KEY_BYTES) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: `${KEY_BYTES} bytes in base64`,
      found: `${kek.length} bytes`,
      where,
    });
  }
  return fileWrapper(createSecretKey(kek));
}

function fileWrapper(kek: KeyObject): RootWrapper {
  const aad = (version: string): string => `${FORMAT}|${version}`;
  return {
    name: 'file',
    wrap: (root, version) => encrypt(kek, root, aad(version)),
    unwrap: (wrapped, version) => decrypt(kek, wrapped, aad(version)),
  };
}

function newVersion(wrapper: RootWrapper, version: string, now: Date): Version {
  const wrapped = wrapper.wrap(randomBytes(KEY_BYTES), version);
  return { version, created: now.toISOString(), wrapped: Buffer.from(wrapped).toString('base64') };
}

function unwrap(wrapper: RootWrapper, wrapped: string, version: string, path: string): Buffer {
  let root: Uint8Array;
  try {
    root = wrapper.unwrap(Buffer.from(wrapped, 'base64'), version);
  } catch (cause) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: `a key that opens version ${version}`,
      found: 'another one, or a damaged file',
      where: path,
      cause,
    });
  }
  if (root.length === KEY_BYTES) return Buffer.from(root);
  throw new SpineError('SPINE_KEYS_FILE', {
    wanted: `a root of ${KEY_BYTES} bytes for ${version}`,
    found: `${root.length} bytes`,
    where: path,
  });
}

function readKeyring(path: string): KeyringFile {
  const text = readSecret(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new SpineError('SPINE_KEYS_FILE', { wanted: 'JSON', found: 'other text', where: path });
  }
  if (isKeyringFile(parsed)) return parsed;
  throw new SpineError('SPINE_KEYS_FILE', {
    wanted: `a keyring of format ${FORMAT} with versions k1, k2, …`,
    found: 'another form',
    where: path,
  });
}

function isKeyringFile(value: unknown): value is KeyringFile {
  const file = value as Partial<KeyringFile> | null;
  if (typeof file !== 'object' || file === null || file.format !== FORMAT) return false;
  if (!Array.isArray(file.versions) || file.versions.length === 0) return false;
  const names = new Set<unknown>();
  for (const entry of file.versions as readonly (Partial<Version> | null)[]) {
    if (typeof entry?.version !== 'string' || !/^k[1-9][0-9]{0,5}$/.test(entry.version))
      return false;
    if (typeof entry.wrapped !== 'string' || names.has(entry.version)) return false;
    names.add(entry.version);
  }
  return true;
}

/** The text of a file that only its owner may read. */
function readSecret(path: string): string {
  let mode: number;
  try {
    mode = statSync(path).mode;
  } catch (cause) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'a readable file',
      found: 'none',
      where: path,
      cause,
    });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'mode 0600, for its owner alone',
      found: `mode 0${(mode & 0o777).toString(8)}`,
      where: path,
      hint: `chmod 600 ${path}, and rotate the keys if somebody else may have read them.`,
    });
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'a readable file',
      found: 'none',
      where: path,
      cause,
    });
  }
}

function render(file: KeyringFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Writes a file that must not exist yet: whole, then linked to its name, so that nobody sees half
 * of it.
 */
function writeNew(path: string, text: string): void {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
  } catch (cause) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'no file yet',
      found: 'one',
      where: path,
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(path: string, text: string): void {
  renameSync(writeDraft(path, text), path);
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}
