// Names the field whose text is not text: NUL, or bytes that were not UTF-8. The slow path, for
// records the decoder doubts.
// Guarantees: a genuine U+FFFD is not taken for a decoding failure; the cause holds field names
// only.
// Example: if (text.isOdd) return oddText(event, value)
import { deadLetter, ok, type Outcome } from '@agentspine/outcome/outcome';
import type { AgentEvent } from './agent-event.ts';

const REPLACEMENT = '\ufffd';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
const DEPTH_MAX = 8;

export function oddText(event: AgentEvent, raw: Buffer): Outcome<AgentEvent> {
  const found = { nul: '', replaced: 0, where: '' };
  walk(event, '', 0, found);
  if (found.nul !== '') {
    return deadLetter('SPINE_EVENT_TEXT', `${found.nul}: wanted text without NUL, found one`);
  }
  // A decoder turns invalid UTF-8 into U+FFFD; more of them in the text than in the bytes means it
  // did.
  if (found.replaced > 0 && found.replaced > countOf(raw, REPLACEMENT_BYTES)) {
    return deadLetter(
      'SPINE_EVENT_TEXT',
      `${found.where}: wanted valid UTF-8, found bytes that are not`,
    );
  }
  return ok(event);
}

function walk(
  value: unknown,
  path: string,
  depth: number,
  found: { nul: string; replaced: number; where: string },
): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) found.nul = path;
    if (value.includes(REPLACEMENT)) {
      found.replaced += value.split(REPLACEMENT).length - 1;
      found.where = path;
    }
  } else if (typeof value === 'object' && value !== null && depth < DEPTH_MAX) {
    for (const key in value) {
      if (key.includes('\0') || key.includes(REPLACEMENT))
        walk(key, `${path} (a key)`, depth + 1, found);
      const child = (value as Record<string, unknown>)[key];
      if (child !== null && typeof child !== 'number') {
        walk(child, nameOf(path, key, value), depth + 1, found);
      }
    }
  }
}

/** Field names only: keys of maps are the producer's text and stay out of causes. */
function nameOf(path: string, key: string, holder: object): string {
  if (Array.isArray(holder)) return `${path}[]`;
  if (path === 'attributes' || path === 'correlation' || path === 'features') return `${path}.*`;
  return path === '' ? key : `${path}.${key}`;
}

function countOf(haystack: Buffer, needle: Buffer): number {
  let count = 0;
  for (
    let at = haystack.indexOf(needle);
    at !== -1;
    at = haystack.indexOf(needle, at + needle.length)
  ) {
    count++;
  }
  return count;
}
