// spine sql 'SELECT …': any single read-only statement, as a table, or in a format of ClickHouse.
// Refuses what writes, reads files or is more than one statement; a result over --limit rows is
// refused, not cut.
// Example: spine sql 'SELECT agent_id, count() FROM events GROUP BY 1' --format CSVWithNames
import type { RawFormat } from '@agentspine/clickhouse/connect';
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

export const sql: Command = async (shell) => {
  const { values, positionals } = flags(shell, {
    format: { type: 'string' },
    limit: { type: 'string' },
    'timeout-ms': { type: 'string' },
  });
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
  const text = await spine.clickHouse().queryRaw(statement, {
    format,
    maxRows: wholeFlag('limit', values.limit, 10_000),
    timeoutMs: wholeFlag('timeout-ms', values['timeout-ms'], 30_000),
  });
  shell.terminal.line(text.trimEnd());
  return EXIT.ok;
};
