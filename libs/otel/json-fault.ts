// Says where a text stops being JSON (RFC 8259) and why, when JSON.parse has refused it: the engine
// names no place for some faults and quotes the text for others. Iterative, one pass, quotes
// nothing but punctuation.
// Example: findJsonFault('{"a": 1,\n "b" 2}') → { line: 2, column: 6, wanted: '":"', found: 'a
// number' }

export type JsonFault = {
  readonly line: number;
  readonly column: number;
  readonly wanted: string;
  readonly found: string;
};

type State = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';

const WANTED: Record<State, string> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a name in double quotes',
  'key or }': 'a name in double quotes or "}"',
  ':': '":"',
  ', or ]': '"," or "]"',
  ', or }': '"," or "}"',
  end: 'the end of the text',
};

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** The first fault of the text, or null when the text is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('[' | '{')[] = [];
  let state: State = 'value';
  let at = skip(SPACE, text, 0);
  for (;;) {
    if (at >= text.length) return state === 'end' ? null : faultAt(text, at, WANTED[state]);
    const mark = text[at] ?? '';
    const next = nextState(state, mark, open);
    if (next === null) return faultAt(text, at, WANTED[state]);
    const end = next.token ? tokenEnd(text, at) : at + 1;
    if (typeof end !== 'number') return faultAt(text, end.at, end.wanted);
    state = next.state;
    at = skip(SPACE, text, end);
  }
}

type Step = { readonly state: State; readonly token: boolean };

/**
 * What may come after `mark` in this state; null when `mark` may not come here. Keeps the stack of
 * open brackets.
 */
function nextState(state: State, mark: string, open: ('[' | '{')[]): Step | null {
  switch (state) {
    case 'value or ]':
      return mark === ']' ? close(open) : startValue(mark, open);
    case 'value':
      return startValue(mark, open);
    case 'key or }':
      if (mark === '}') return close(open);
      return mark === '"' ? { state: ':', token: true } : null;
    case 'key':
      return mark === '"' ? { state: ':', token: true } : null;
    case ':':
      return mark === ':' ? { state: 'value', token: false } : null;
    case ', or ]':
      if (mark === ']') return close(open);
      return mark === ',' ? { state: 'value', token: false } : null;
    case ', or }':
      if (mark === '}') return close(open);
      return mark === ',' ? { state: 'key', token: false } : null;
    case 'end':
      return null;
  }
}

function startValue(mark: string, open: ('[' | '{')[]): Step | null {
  if (mark === '[' || mark === '{') {
    open.push(mark);
    return { state: mark === '[' ? 'value or ]' : 'key or }', token: false };
  }
  return /["\-\dtfn]/.test(mark) ? { state: afterValue(open), token: true } : null;
}

function close(open: ('[' | '{')[]): Step {
  open.pop();
  return { state: afterValue(open), token: false };
}

function afterValue(open: readonly ('[' | '{')[]): State {
  const last = open.at(-1);
  if (last === undefined) return 'end';
  return last === '[' ? ', or ]' : ', or }';
}

type TokenFault = { readonly at: number; readonly wanted: string };

/** Where the string, number or word that starts at `at` ends, or where it breaks. */
function tokenEnd(text: string, at: number): number | TokenFault {
  const mark = text[at] ?? '';
  if (mark === '"') return stringEnd(text, at);
  const pattern = /[tfn]/.test(mark) ? WORD : NUMBER;
  const end = skip(pattern, text, at);
  if (end > at && !/[\w.+-]/.test(text[end] ?? '')) return end;
  return { at, wanted: pattern === WORD ? 'true, false or null' : 'a number as JSON writes it' };
}

function stringEnd(text: string, at: number): number | TokenFault {
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) return { at: i, wanted: 'an escape such as \\n' };
    if (code !== 0x5c) continue;
    const length = escapeLength(text, i);
    if (length === 0) return { at: i, wanted: 'an escape that JSON knows' };
    i += length - 1;
  }
  return { at: text.length, wanted: 'a closing quote' };
}

function escapeLength(text: string, at: number): number {
  if ('"\\/bfnrt'.includes(text[at + 1] ?? ' ')) return 2;
  return /^\\u[\dA-Fa-f]{4}$/.test(text.slice(at, at + 6)) ? 6 : 0;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function faultAt(text: string, at: number, wanted: string): JsonFault {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return { line, column: at - before.lastIndexOf('\n'), wanted, found: describe(text, at) };
}

function describe(text: string, at: number): string {
  const mark = text[at];
  if (mark === undefined) return 'the end of the text';
  if ('{}[],:"'.includes(mark)) return mark === '"' ? 'a string' : `"${mark}"`;
  if (/[\d-]/.test(mark)) return 'a number';
  if (mark < ' ') return `a control character (U+${hex(mark)})`;
  return /\w/.test(mark) ? 'a bare word' : `a stray character (U+${hex(mark)})`;
}

function hex(mark: string): string {
  return mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
