// Keys of the pipeline: versions k1, k2, … each with a random root of 32 bytes, wrapped by a
// key-encryption key. Everything in use is derived from a root by HKDF-SHA256 (RFC 5869) with an
// info of its own per purpose, so that the key of pseudonyms, that of dead letters and later ones
// never meet. Keys leave this room as KeyObjects only.
// Guarantee: without the key-encryption key nothing opens (SPINE_KEYS_FILE); there is no way to go
// on without keys.
// Example: const keyring = openKeyring('.spine/keyring.json'); keyring.pseudonyms().keyFor('acme',
// 'tenant|norm1')
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { SpineError } from '@agentspine/outcome/errors';

/** The same shape as PseudonymKeys of libs/privacy, which must not know where keys come from. */
export type VersionedKeys = {
  readonly version: string;
  readonly keyFor: (tenantId: string, domain: string) => KeyObject;
};

/** nonce (12 bytes), ciphertext, tag (16 bytes), and the version of the key. */
export type Sealed = { readonly keyVersion: string; readonly bytes: Buffer };

/** What the pipeline asks of its keys, whoever holds them: a file, AWS KMS, GCP KMS or Vault. */
export type Keyring = {
  /** The version that is written with. */
  readonly version: string;
  /** All versions that can still be read with, oldest first. */
  readonly versions: readonly string[];
  /** Keys of one version for pseudonyms; the current one unless named. */
  readonly pseudonyms: (version?: string) => VersionedKeys;
  /**
   * Seals bytes of a dead letter with AES-256-GCM; `aad` binds them to their place and is needed to
   * open.
   */
  readonly seal: (bytes: Uint8Array, aad: string) => Sealed;
  readonly open: (sealed: Sealed, aad: string) => Buffer;
  /** Forgets every derived key; they are derived again when asked for. */
  readonly forget: () => void;
};

/** Wraps the roots of a keyring: the one thing a key service has to do. */
export type RootWrapper = {
  readonly name: string;
  readonly wrap: (root: Uint8Array, version: string) => Uint8Array;
  readonly unwrap: (wrapped: Uint8Array, version: string) => Uint8Array;
};

export type Root = { readonly version: string; readonly key: KeyObject };

const INFO = 'agentspine/v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Derived keys held at most, over all tenants, domains and versions. */
const MAX_DERIVED = 10_000;

/** A keyring over roots already unwrapped, oldest first; the last one is current. */
export function keyringOf(roots: readonly Root[]): Keyring {
  const current = roots.at(-1);
  if (current === undefined) {
    throw new SpineError('SPINE_KEYS_FILE', { wanted: 'at least one key version', found: 'none' });
  }
  const derived = new Map<string, KeyObject>();
  let epoch = 0;
  const derive = (
    version: string,
    purpose: string,
    tenantId: string,
    domain: string,
  ): KeyObject => {
    const memoKey = `${version}\0${purpose}\0${tenantId}\0${domain}`;
    let key = derived.get(memoKey);
    if (key === undefined) {
      const root = roots.find((candidate) => candidate.version === version);
      if (root === undefined) throw unknownVersion(version, roots);
      key = deriveKey(root.key, purpose, tenantId, domain);
      if (derived.size >= MAX_DERIVED) derived.clear();
      derived.set(memoKey, key);
    }
    return key;
  };
  return {
    version: current.version,
    versions: roots.map(({ version }) => version),
    pseudonyms(version = current.version) {
      if (!roots.some((root) => root.version === version)) throw unknownVersion(version, roots);
      // Events of a tenant come in a row, and each asks several times: the last answer is kept.
      let last: { tenantId: string; domain: string; key: KeyObject; epoch: number } | undefined;
      return {
        version,
        keyFor: (tenantId, domain) => {
          if (last?.tenantId === tenantId && last.domain === domain && last.epoch === epoch) {
            return last.key;
          }
          const key = derive(version, 'pseudonym', tenantId, domain);
          last = { tenantId, domain, key, epoch };
          return key;
        },
      };
    },
    seal(bytes, aad) {
      const key = derive(current.version, 'dead-letter', '', '');
      return { keyVersion: current.version, bytes: encrypt(key, bytes, aad) };
    },
    open(sealed, aad) {
      return decrypt(derive(sealed.keyVersion, 'dead-letter', '', ''), sealed.bytes, aad);
    },
    forget: () => {
      derived.clear();
      epoch += 1;
    },
  };
}

/** HKDF-SHA256 of a root: salt is the tenant, info names product, purpose and domain. */
function deriveKey(root: KeyObject, purpose: string, tenantId: string, domain: string): KeyObject {
  const info = `${INFO}|${purpose}|${domain}`;
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, tenantId, info, 32)));
}

/** AES-256-GCM with a random nonce: nonce | ciphertext | tag. */
export function encrypt(key: KeyObject, bytes: Uint8Array, aad: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/**
 * The bytes sealed by encrypt; SPINE_KEYS_FILE when the key or the place is another, or a bit was
 * changed.
 */
export function decrypt(key: KeyObject, sealed: Uint8Array, aad: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'at least 28 sealed bytes',
      found: String(sealed.length),
    });
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    const body = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
    return Buffer.concat([body, decipher.final()]);
  } catch (cause) {
    throw new SpineError('SPINE_KEYS_FILE', {
      wanted: 'bytes sealed under this key for this place',
      found: 'others',
      cause,
    });
  }
}

function unknownVersion(version: string, roots: readonly Root[]): SpineError {
  const known = roots.map((root) => root.version).join(', ');
  return new SpineError('SPINE_KEYS_FILE', { wanted: `a key version of ${known}`, found: version });
}
