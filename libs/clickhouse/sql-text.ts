// Reads SQL just far enough to be safe: splits a file into statements, and tells a reading
// statement from any other, without being fooled by strings, quoted names, comments or heredocs.
// Pure.
// Example: splitStatements("SELECT ';'; -- a; b\nSELECT 2") // ["SELECT ';'", "SELECT 2"]
// Example: assertReadOnly('SELECT 1 INTO OUTFILE "/x"') // throws SPINE_CLI_USAGE
import { SpineError } from '@agentspine/outcome/errors';

/** A word, a number, or one sign; text in quotes is one token that begins with its quote. */
type Token = { readonly text: string; readonly start: number; readonly end: number };

const PIECE = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|#![^\n]*|# [^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`,
    String.raw`"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)`,
    '`(?:[^`\\\\]|\\\\[\\s\\S]|``)*(?:`|$)',
    String.raw`\$(?<tag>\w*)\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`[\p{L}_][\p{L}\p{N}_]*`,
    String.raw`\d[\p{L}\p{N}_.]*`,
    String.raw`[\s\S]`,
  ].join('|'),
  'gu',
);

function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(PIECE)) {
    if (match.groups?.['space'] !== undefined) continue;
    tokens.push({ text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

/** The statements of a file, without their semicolons and without comments before or after them. */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = [];
  let first: Token | null = null;
  let last: Token | null = null;
  const close = (): void => {
    if (first !== null && last !== null) statements.push(sql.slice(first.start, last.end));
    first = null;
    last = null;
  };
  for (const token of tokensOf(sql)) {
    if (token.text === ';') {
      close();
    } else {
      first ??= token;
      last = token;
    }
  }
  close();
  return statements;
}

const READING = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS']);

/**
 * Words that make a statement write, anywhere outside quotes; as names of columns they need quotes.
 */
const WRITING = new Set(
  'INSERT ALTER CREATE DROP TRUNCATE RENAME EXCHANGE ATTACH DETACH OPTIMIZE GRANT REVOKE KILL DELETE OUTFILE'.split(
    ' ',
  ),
);

/** Functions that reach the server's disk, other servers or programs. */
const REACHING = new Set(
  `file filecluster url urlcluster remote remotesecure s3 s3cluster gcs hdfs hdfscluster azureblobstorage
  azureblobstoragecluster mysql postgresql sqlite mongodb redis jdbc odbc executable input cluster clusterallreplicas
  iceberg icebergs3 icebergazure iceberghdfs iceberglocal deltalake deltalakes3 deltalakeazure deltalakelocal hudi
  dictionary arrowflight python ytsaurus prometheusquery fuzzjson filesystem`.split(/\s+/),
);

/**
 * The one statement of a text that only reads, without its semicolon. Throws SPINE_CLI_USAGE for
 * anything else: another statement behind it, a writing word, INTO OUTFILE, FORMAT or SETTINGS
 * (both are set by the caller), or a table function that reads files or other servers. On a real
 * server a reader's grants are the wall; this is the fence before it.
 */
export function assertReadOnly(sql: string): string {
  const statements = splitStatements(sql);
  const statement = statements[0];
  if (statement === undefined || statements.length > 1) {
    throw refused('one statement', statement === undefined ? 'none' : `${statements.length}`);
  }
  const tokens = tokensOf(statement);
  const words = tokens.map((token) => token.text.toUpperCase());
  const start = words.find((word) => word !== '(') ?? '';
  if (!READING.has(start)) {
    throw refused('SELECT, WITH, SHOW, DESCRIBE, EXPLAIN or EXISTS', start);
  }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1] ?? '';
    if (words[at - 1] === '.') continue;
    if (WRITING.has(word) && !(word === 'CREATE' && start === 'SHOW') && next !== '(') {
      throw refused('a statement that only reads', word);
    }
    if (word === 'SETTINGS' && words[at + 2] === '=') throw refused('no SETTINGS clause', word);
    if (word === 'FORMAT' && at > 0 && at === words.length - 2 && /^\w+$/.test(next)) {
      throw refused('no FORMAT clause (choose the output by an option)', `FORMAT ${next}`);
    }
    const name = word.replaceAll(/^["`]|["`]$/g, '').toLowerCase();
    if (next === '(' && REACHING.has(name)) {
      throw refused('tables of the database', `${name}()`);
    }
  }
  return statement;
}

function refused(wanted: string, found: string): SpineError {
  return new SpineError('SPINE_CLI_USAGE', {
    where: 'sql',
    wanted,
    found,
    hint: 'Give one SELECT; see docs/query.md.',
  });
}
