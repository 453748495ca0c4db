// Reads as much of a SQL statement as the HTTP front must know: does it read or write, which FORMAT
// is asked for, where the data of an INSERT begins. Guarantees one linear pass that steps over
// comments, quoted text and brackets, so that a word inside a literal is never taken for a keyword.
// The engine remains the only real parser.
// Example: readStatement("INSERT INTO t FORMAT Avro").insert?.format === 'Avro'.

import { EngineException } from './exception.ts';

export type InsertForm = {
  /** Where `FROM INFILE` has to be put: behind the table and its columns. */
  readonly sourceAt: number;
  /** Name of the input format. */
  readonly format: string;
  /** First character behind the format's name. */
  readonly endsAt: number;
};

export type Statement = {
  readonly lane: 'read' | 'write' | 'control';
  /** The first keyword in capitals; '' for an empty query. */
  readonly verb: string;
  /** The format the statement itself asks its answer in. */
  readonly outputFormat?: string;
  /** Present where the data follow the statement. */
  readonly insert?: InsertForm;
  /** True where the statement changes the connection it runs on. */
  readonly leavesMarks: boolean;
};

const READ_VERBS = new Set(['SELECT', 'WITH', 'SHOW', 'DESC', 'DESCRIBE', 'EXPLAIN', 'EXISTS']);
const READ_LIKE = new Set(['FROM', 'CHECK', 'VALUES', '(', 'WATCH']);
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const BLANK = /(?:[\s\0]+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/)+/y;
const HEREDOC = /\$(\w*)\$[\s\S]*?\$\1\$/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;

type Token = { readonly text: string; readonly start: number; readonly end: number };

/**
 * Splits at the top level: a bracket with all it holds is one token '(' … ')'. Stops where `stop`
 * says so.
 */
function* topLevel(sql: string): Generator<Token> {
  let at = 0;
  let depth = 0;
  let opened = 0;
  while (at < sql.length) {
    const blank = match(BLANK, sql, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    const start = at;
    at = nextEnd(sql, at);
    const text = sql.slice(start, at);
    if (text === '(' || text === '[' || text === '{') {
      if (depth === 0) opened = start;
      depth += 1;
    } else if (text === ')' || text === ']' || text === '}') {
      depth = Math.max(0, depth - 1);
      if (depth === 0) yield { text: '(', start: opened, end: at };
    } else if (depth === 0) {
      yield { text, start, end: at };
    }
  }
}

function nextEnd(sql: string, at: number): number {
  const first = sql[at];
  if (first === "'" || first === '"' || first === '`') return quotedEnd(sql, at, first);
  for (const form of [WORD, NUMBER, HEREDOC]) {
    const end = match(form, sql, at);
    if (end > at) return end;
  }
  return at + 1;
}

/**
 * By hand, because a literal may be megabytes long and a backtracking expression would overflow on
 * it.
 */
function quotedEnd(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

function match(form: RegExp, sql: string, at: number): number {
  form.lastIndex = at;
  return form.test(sql) ? form.lastIndex : at;
}

/**
 * Throws 62 SYNTAX_ERROR for several statements, 358 for INTO OUTFILE, as a server does over HTTP.
 */
export function readStatement(sql: string): Statement {
  const tokens = topLevel(sql);
  const first = tokens.next();
  if (first.done === true) return { lane: 'read', verb: '', leavesMarks: false };
  const verb = first.value.text.toUpperCase();
  if (verb === 'INSERT') return readInsert(tokens);
  const seen = readRest(tokens);
  const writes = seen.insertInside || !(READ_VERBS.has(verb) || READ_LIKE.has(verb));
  const lane = verb === 'KILL' ? 'control' : writes ? 'write' : 'read';
  const leavesMarks = verb === 'SET' || verb === 'USE' || seen.temporary;
  const format = seen.format === undefined ? {} : { outputFormat: seen.format };
  return { lane, verb, leavesMarks, ...format };
}

type Rest = { format?: string; insertInside: boolean; temporary: boolean };

function readRest(tokens: Generator<Token>): Rest {
  const rest: Rest = { insertInside: false, temporary: false };
  let before = '';
  let ended = false;
  for (const token of tokens) {
    if (ended) refuseSecondStatement();
    const word = token.text.toUpperCase();
    if (word === ';') ended = true;
    if (word === 'INSERT') rest.insertInside = true;
    if (word === 'TEMPORARY') rest.temporary = true;
    if (before === 'INTO' && word === 'OUTFILE') refuseFile('INTO OUTFILE');
    if (before === 'FORMAT' && /^\w+$/.test(token.text)) rest.format = token.text;
    // a column may be called `format`: only a FORMAT that closes the statement counts
    else if (word === 'FROM' || word === 'WHERE' || word === 'UNION') delete rest.format;
    before = word;
  }
  return rest;
}

function readInsert(tokens: Generator<Token>): Statement {
  const target = readTarget(tokens);
  let before = '';
  for (let token = target.next; token !== undefined; token = take(tokens)) {
    const word = token.text.toUpperCase();
    if (before === 'FROM' && word === 'INFILE') refuseFile('FROM INFILE');
    if (word === 'FORMAT') {
      const name = take(tokens);
      if (name === undefined || !/^\w+$/.test(name.text)) break;
      const insert = { sourceAt: target.end, format: name.text, endsAt: name.end };
      return { lane: 'write', verb: 'INSERT', insert, leavesMarks: false };
    }
    if (word === 'SELECT' || word === 'WITH' || word === '(' || word === 'VALUES') break;
    before = word;
  }
  readRest(tokens);
  return { lane: 'write', verb: 'INSERT', leavesMarks: false };
}

/**
 * Steps over `INTO [TABLE] [FUNCTION] name[.name] [(columns)]`; returns its end and the token
 * behind it.
 */
function readTarget(tokens: Generator<Token>): { end: number; next: Token | undefined } {
  let token = take(tokens);
  if (is(token, 'INTO')) token = take(tokens);
  if (is(token, 'TABLE')) token = take(tokens);
  if (is(token, 'FUNCTION')) token = take(tokens);
  let end = token?.end ?? 0;
  token = take(tokens);
  while (token?.text === '.') {
    end = take(tokens)?.end ?? end;
    token = take(tokens);
  }
  while (token?.text === '(') {
    end = token.end;
    token = take(tokens);
  }
  return { end, next: token };
}

function is(token: Token | undefined, word: string): boolean {
  return token?.text.toUpperCase() === word;
}

function take(tokens: Generator<Token>): Token | undefined {
  const next = tokens.next();
  return next.done === true ? undefined : next.value;
}

function refuseSecondStatement(): never {
  throw new EngineException(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
}

function refuseFile(what: string): never {
  throw new EngineException(358, 'INTO_OUTFILE_NOT_ALLOWED', `${what} is not allowed.`);
}

/**
 * Where the data begin behind `FORMAT name`: blanks and one line end are stepped over, as
 * ParserInsertQuery does.
 */
export function dataStart(body: Uint8Array, endsAt: number): number {
  let at = endsAt;
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0c) at += 1;
  if (body[at] === 0x0d) at += 1;
  if (body[at] === 0x0a) at += 1;
  return at;
}
