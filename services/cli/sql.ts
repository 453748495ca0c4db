// spine sql 'SELECT …': any single read-only statement, as a table, or in a format of ClickHouse.
// Refuses what writes, reads files or is more than one statement; a result over --limit rows is
// refused, not cut.
// Example: spine sql 'SELECT agent_id, count() FROM events GROUP BY 1' --format CSVWithNames
import type { RawFormat } from '@agentspine/clickhouse/connect';
import { ClickHouseRefusal } from '@agentspine/clickhouse/refusal';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';

const FORMATS: readonly RawFormat[] = [
  'PrettyCompactMonoBlock',
  'JSON',
  'JSONEachRow',
  'JSONCompact',
  'CSVWithNames',
  'TSVWithNames',
  'Vertical',
  'Markdown',
];

/** A statement without quotes around it arrives as words. */
const WORDS = 1_000;
const HINT = "Tables, views and columns: docs/query.md, or `spine sql 'SHOW TABLES'`.";

export const sql: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    { format: { type: 'string' }, limit: { type: 'string' }, 'timeout-ms': { type: 'string' } },
    WORDS,
  );
  const statement = positionals.join(' ').trim();
  if (statement === '') {
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: "a statement: spine sql 'SELECT …'",
      found: 'none',
    });
  }
  const asked = values.format ?? (values.json ? 'JSON' : 'PrettyCompactMonoBlock');
  const format = FORMATS.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (format === undefined) {
    throw new SpineError('SPINE_CLI_USAGE', {
      where: '--format',
      wanted: FORMATS.join(', '),
      found: asked,
    });
  }
  await using spine = open(shell, values);
  const maxRows = wholeFlag('limit', values.limit, 10_000);
  const timeoutMs = wholeFlag('timeout-ms', values['timeout-ms'], 30_000);
  try {
    const text = await spine.clickHouse().queryRaw(statement, { format, maxRows, timeoutMs });
    shell.terminal.line(text.trimEnd());
    return EXIT.ok;
  } catch (error) {
    throw error instanceof ClickHouseRefusal ? inOneLine(error, maxRows) : error;
  }
};

/** The server's own words, without the statement that it repeats. */
function inOneLine(refusal: ClickHouseRefusal, maxRows: number): SpineError {
  const words = (refusal.facts.found ?? '').replace(/^\d+ [A-Z_]+: /u, '');
  const meant = /(?:Maybe you meant: \[|…)'(\w+)'[\],]/u.exec(words)?.[1];
  const short = words
    .replace(/ in scope .*$/su, '')
    .replace(/…'.*$/su, '')
    .replace(/\s*Maybe you meant.*$/su, '')
    .replace(/[.\s]+$/u, '');
  const isTooMany = refusal.serverName === 'TOO_MANY_ROWS_OR_BYTES';
  return new SpineError('SPINE_CLICKHOUSE_REFUSED', {
    found: `${refusal.serverName}: ${short}`,
    hint: isTooMany
      ? `Add a LIMIT to the statement, or raise --limit (now ${maxRows}).`
      : `${meant !== undefined ? `Did you mean ${meant}? ` : ''}${HINT}`,
    cause: refusal,
  });
}
