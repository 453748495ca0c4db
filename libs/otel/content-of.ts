// Turns a body found in a trace into Content: text stays as it is, anything else becomes JSON text.
// Guarantees: inline is the source's own text, byte for byte, when the source was text.
// Example: contentOf('[{"role":"user"}]') → { mime: 'application/json', inline:
// '[{"role":"user"}]', … }
import type { Content } from '@agentspine/event/agent-event';
import { content } from '@agentspine/event/build';
import { exactJsonText } from './exact-json.ts';

/**
 * @param mime the media type the source declares; by default JSON for objects and arrays, else
 * plain text
 */
export function contentOf(body: unknown, mime?: string): Content | null {
  if (body === undefined || body === null) return null;
  const inline = typeof body === 'string' ? body : exactJsonText(body);
  const isJson = typeof body !== 'string' || isJsonBody(body);
  return content(inline, { mime: mime ?? (isJson ? 'application/json' : 'text/plain') });
}

/** True for the text of a JSON object or array; a bare number or word counts as prose. */
function isJsonBody(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
