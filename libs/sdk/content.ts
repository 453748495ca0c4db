// Turns whatever an agent read or wrote into a Content record: bounded, valid UTF-8 without NUL,
// JSON as JSON text. `size_bytes` is the size of the original; when only its beginning is kept,
// `truncated` is true and `digest` is the SHA-256 of the original, so that the whole can be
// recognised elsewhere. Takes any value without throwing.
// Example: toContent({ order: 7 }, 1024) → { mime: 'application/json', inline: '{"order":7}',
//   size_bytes: 11, … }
import { createHash } from 'node:crypto';
import type { Content } from '@agentspine/event/agent-event';
import { configure } from 'safe-stable-stringify';

const stringifySafely = configure({
  bigint: true,
  circularValue: '[circular]',
  deterministic: false,
  maximumDepth: 64,
  maximumBreadth: 10_000,
});

export type ContentRules = {
  /** Most bytes of UTF-8 kept inline. */
  readonly maxBytes: number;
  /** False keeps media type and size only. */
  readonly capture: boolean;
};

/** undefined and null become null: there was no body. */
export function toContent(value: unknown, rules: ContentRules): Content | null {
  if (value === undefined || value === null) return null;
  const mime = mimeOf(value);
  const original = textOf(value);
  const sizeBytes = Buffer.byteLength(original);
  if (!rules.capture) return { ...EMPTY, mime, size_bytes: sizeBytes };
  const text = cleanText(original);
  if (text === original && sizeBytes <= rules.maxBytes) {
    return { ...EMPTY, mime, inline: original, size_bytes: sizeBytes };
  }
  const kept = cutToBytes(text, rules.maxBytes);
  return {
    mime,
    inline: kept,
    ref: null,
    digest: `sha256:${createHash('sha256').update(original).digest('hex')}`,
    size_bytes: sizeBytes,
    truncated: kept.length < text.length,
  };
}

const EMPTY: Content = {
  mime: 'application/json',
  inline: null,
  ref: null,
  digest: null,
  size_bytes: null,
  truncated: false,
};

/**
 * Text the contract allows: well-formed, with U+FFFD in the place of NUL and of lone surrogates.
 */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** The longest beginning of well-formed text that takes at most `maxBytes` bytes of UTF-8. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

function mimeOf(value: unknown): string {
  if (typeof value === 'string') return 'text/plain';
  return value instanceof Uint8Array ? 'application/octet-stream;base64' : 'application/json';
}

/** The value as text; a value that cannot be read says so instead. */
export function textOf(value: unknown): string {
  try {
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    // undefined for functions and symbols, whatever the library's types say.
    return JSON.stringify(value) ?? String(value);
  } catch {
    return safeJson(value);
  }
}

/** For what JSON.stringify will not take: cycles, bigint, getters that throw. */
function safeJson(value: unknown): string {
  try {
    return stringifySafely(value) ?? String(value);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    return JSON.stringify(`[cannot be serialised: ${name}]`);
  }
}
