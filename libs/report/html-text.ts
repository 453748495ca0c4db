// Puts values into HTML: escaped always, markup only where markup is asked for by name.
// Guarantees: pure; a value of data never becomes a tag, an attribute or a script, whatever it
// holds.
// Example: html`<td>${'<script>'}</td>`.text // '<td>&lt;script&gt;</td>'
import { printable } from './show-value.ts';

/** Text that is markup already. */
export type Markup = { readonly text: string };

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Markup {
  return {
    text: parts.map((part, at) => part + (at < values.length ? put(values[at]) : '')).join(''),
  };
}

type HtmlValue = string | number | Markup | readonly Markup[] | undefined;

/** For text of ours, such as a drawn chart, that is markup as it stands. */
export function trusted(text: string): Markup {
  return { text };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe between tags and within quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}

function put(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(printable(value));
  if (typeof value === 'number') return String(value);
  if ('text' in value) return value.text;
  return value.map(({ text }) => text).join('');
}
