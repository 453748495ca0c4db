// Real traces come in whole: every message, tool call and reward of the 200 tau-bench runs once,
// counted from the source file without the mapping; the seven OpenTelemetry traces with their ids,
// times and durations exact. Importing twice gives the same ids. Skipped where the shared data is
// not beside the repository.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPipeline, type Pipeline } from './pipeline.ts';

const run = promisify(execFile);
const shared = resolve(process.env['SPINE_SHARED_DIR'] ?? '../shared', 'data/traces');
const tauFile = join(shared, 'tau-bench/gpt-4o-airline.json');
const otelFolder = join(shared, 'any-agent-otel');
const why = `no shared traces at ${shared}; set SPINE_SHARED_DIR`;

type Message = { role: string; content: string | null; tool_calls?: object[] | null };
type TauRun = { task_id: number; trial: number; reward: number; traj: Message[] };

/** The command as a user runs it. */
async function spine(pipeline: Pipeline, ...args: string[]): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['services/cli/main.ts', ...args, '--config', pipeline.configFile],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

// Skipped where the shared data is not beside the repository; the name says so.
describe.skipIf(!existsSync(tauFile))(`tau-bench (${why})`, () => {
  let pipeline: Pipeline;
  let source: TauRun[];
  let runs: number | undefined;
  beforeAll(async () => {
    pipeline = await startPipeline('tau');
    source = JSON.parse(readFileSync(tauFile, 'utf8')) as TauRun[];
    const report = JSON.parse(
      await spine(
        pipeline,
        'import',
        tauFile,
        '--tenant',
        'acme',
        '--start',
        '2026-01-05T09:00:00Z',
        '--json',
      ),
    ) as { files: { events: number; runs: number }[] };
    runs = report.files[0]?.runs;
    await pipeline.stored(report.files[0]?.events ?? Infinity);
  });
  afterAll(() => pipeline.close());

  test('every run of the file was read', () => {
    expect([source.length, runs]).toEqual([200, 200]);
  });

  test('every message is there once, by role', async () => {
    const wanted = Object.fromEntries(
      ['system', 'user', 'assistant'].map((role) => [
        role,
        source.reduce(
          (sum, one) => sum + one.traj.filter((message) => message.role === role).length,
          0,
        ),
      ]),
    );
    const rows = await pipeline.rows<{ role: string; n: number; distinct_n: number }>(
      `SELECT correlation['message.role'] AS role, count() AS n, uniqExact(run_id, correlation['message.index']) AS distinct_n
       FROM events WHERE role IN ('system', 'user', 'assistant') GROUP BY role`,
    );
    expect(Object.fromEntries(rows.map(({ role, n }) => [role, n]))).toEqual(wanted);
    expect(rows.every(({ n, distinct_n: distinct }) => n === distinct)).toBe(true);
  });

  test('every tool call is there once, with its answer', async () => {
    const messages = source.flatMap((one) => one.traj);
    const calls = messages.reduce((sum, message) => sum + (message.tool_calls?.length ?? 0), 0);
    const answers = messages.filter((message) => message.role === 'tool');
    const errors = answers.filter((message) => message.content?.startsWith('Error'));
    const [row] = await pipeline.rows<{ calls: number; answered: number; errors: number }>(
      `SELECT count() AS calls, countIf(output != '') AS answered, countIf(status = 'error') AS errors
       FROM events WHERE kind = 'tool_call'`,
    );
    const answered = answers.filter((message) => (message.content ?? '') !== '').length;
    expect(row).toEqual({ calls, answered, errors: errors.length });
  });

  test('every reward is there once, and the wins add up', async () => {
    const [row] = await pipeline.rows(
      `SELECT count() AS rewards, uniqExact(run_id) AS runs, sum(outcome_value) AS total, countIf(outcome_success = 1) AS wins
       FROM events WHERE kind = 'outcome'`,
    );
    const total = source.reduce((sum, one) => sum + one.reward, 0);
    const wins = source.filter((one) => one.reward === 1).length;
    expect(row).toEqual({ rewards: 200, runs: 200, total, wins });
  });

  test('a trace reads like the conversation, in its order', async () => {
    const first = source[0] as TauRun;
    const [row] = await pipeline.rows<{ run_id: string }>(
      `SELECT run_id FROM events WHERE kind = 'outcome' ORDER BY event_time LIMIT 1`,
    );
    const tree = await spine(pipeline, 'trace', row?.run_id ?? '');
    const texts = tree.replace(/\s+/g, ' ');
    let at = 0;
    for (const message of first.traj.filter(
      (one) => one.role === 'user' || (one.role === 'assistant' && one.content),
    )) {
      // The first words: further on a pseudonym may stand in for what the source says.
      const words = (message.content ?? '').replace(/\s+/g, ' ').trim().slice(0, 16);
      const found = texts.indexOf(words, at);
      expect([words, found >= at]).toEqual([words, true]);
      at = found;
    }
    expect(tree).toContain('tool get_user_details');
    expect(tree).toContain('outcome task_success');
  });

  test('importing again publishes the same ids', async () => {
    const [before] = await pipeline.rows<{ ids: number }>(
      'SELECT uniqExact(event_id) AS ids FROM events',
    );
    const report = JSON.parse(
      await spine(
        pipeline,
        'import',
        tauFile,
        '--tenant',
        'acme',
        '--start',
        '2026-01-05T09:00:00Z',
        '--json',
      ),
    ) as { files: { events: number }[] };
    await pipeline.stored(2 * (report.files[0]?.events ?? Infinity));
    const [after] = await pipeline.rows<{ ids: number }>(
      'SELECT uniqExact(event_id) AS ids FROM events',
    );
    expect(after).toEqual(before);
  });
});

// Skipped where the shared data is not beside the repository; the name says so.
describe.skipIf(!existsSync(otelFolder))(`OpenTelemetry GenAI spans (${why})`, () => {
  test('span ids exact, times exact to the microsecond, durations to the nanosecond', async () => {
    await using pipeline = await startPipeline('otel');
    const files = readdirSync(otelFolder).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(7);
    await spine(
      pipeline,
      'import',
      ...files.map((name) => join(otelFolder, name)),
      '--tenant',
      'acme',
    );

    // The numbers as they stand in the text: JSON.parse would round them.
    const wanted = files.flatMap((name) => {
      const text = readFileSync(join(otelFolder, name), 'utf8');
      const starts = [...text.matchAll(/"start_time": (\d+),\s+"end_time": (\d+)/g)];
      const ids = [...text.matchAll(/"context": \{\s+"trace_id": (\d+),\s+"span_id": (\d+)/g)];
      expect(starts.length).toBe(ids.length);
      return starts.map((match, index) => {
        const [start, end] = [BigInt(match[1] as string), BigInt(match[2] as string)];
        return {
          trace_id: BigInt(ids[index]?.[1] as string)
            .toString(16)
            .padStart(32, '0'),
          span_id: BigInt(ids[index]?.[2] as string)
            .toString(16)
            .padStart(16, '0'),
          start_us: Number(start / 1000n),
          end_us: Number(end / 1000n),
          duration_ns: Number(end - start),
        };
      });
    });
    await pipeline.stored(wanted.length);
    const rows = await pipeline.rows(
      `SELECT trace_id, span_id, toUnixTimestamp64Micro(start_time) AS start_us,
              toUnixTimestamp64Micro(event_time) AS end_us, duration_ns FROM events`,
    );
    const key = (row: { trace_id: string; span_id: string }): string => row.trace_id + row.span_id;
    const sorted = (list: typeof wanted): typeof wanted =>
      list.toSorted((a, b) => key(a).localeCompare(key(b)));
    expect(sorted(rows as typeof wanted)).toEqual(sorted(wanted));
  });
});
