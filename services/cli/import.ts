// spine import FILE…: reads tau-bench trajectories and OpenTelemetry GenAI spans, publishes them as
// AgentEvents. A file is read and mapped whole before anything of it is published; one that cannot
// be read is refused with place and reason, and the others go on. Importing a file twice publishes
// events with equal ids.
// Example: spine import trajectories.json --tenant acme --start 2026-01-05T09:00:00Z
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { importTrace, type ImportedTrace } from '@agentspine/otel/import-trace';
import { SpineError, isSpineError } from '@agentspine/outcome/errors';
import { openKafkaTransport } from '@agentspine/sdk/connect-kafka';
import { kafkaOptions, open } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { counted, grouped, type Terminal } from './terminal.ts';

const PUBLISH_AT_ONCE = 2_000;
const FILES_MAX = 100_000;

type FileReport = {
  readonly file: string;
  readonly format?: string;
  readonly runs?: number;
  readonly events?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
};

export const importFiles: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    {
      tenant: { type: 'string', default: 'default' },
      agent: { type: 'string' },
      start: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
    },
    FILES_MAX,
  );
  const { terminal } = shell;
  if (positionals.length === 0) {
    throw new SpineError('SPINE_CLI_USAGE', { wanted: 'spine import FILE…', found: 'no file' });
  }
  await using spine = open(shell, values);
  const transport = values['dry-run']
    ? undefined
    : await openKafkaTransport({
        ...kafkaOptions(spine.config),
        registryUrl: spine.config.registry.url,
        topicPrefix: spine.config.topics.prefix,
      });
  const reports: FileReport[] = [];
  try {
    for (const file of positionals) {
      const report = await importOne(file, values, async (trace) => {
        for (let at = 0; at < trace.events.length; at += PUBLISH_AT_ONCE) {
          await transport?.send(trace.events.slice(at, at + PUBLISH_AT_ONCE));
          terminal.live(
            `  ${basename(file)} ${grouped(Math.min(at + PUBLISH_AT_ONCE, trace.events.length))} of ${grouped(trace.events.length)}`,
          );
        }
      });
      reports.push(report);
      if (!values.json) sayReport(terminal, report, values['dry-run']);
    }
  } finally {
    await transport?.close();
  }
  if (values.json) terminal.json({ files: reports });
  return reports.some((report) => report.error !== undefined) ? EXIT.failed : EXIT.ok;
};

async function importOne(
  file: string,
  values: {
    readonly tenant: string;
    readonly agent?: string | undefined;
    readonly start?: string | undefined;
  },
  publish: (trace: ImportedTrace) => Promise<void>,
): Promise<FileReport> {
  try {
    const trace = importTrace(readText(file), {
      tenantId: values.tenant,
      source: basename(file),
      baseTimeUs: startOf(file, values.start),
      ...(values.agent !== undefined && { agentId: values.agent }),
    });
    await publish(trace);
    return { file, format: trace.format, runs: trace.runs, events: trace.events.length };
  } catch (error) {
    if (!isSpineError(error) || error.code !== 'SPINE_IMPORT_FORMAT') throw error;
    const { code, message, hint } = error;
    return { file, error: { code, message, hint } };
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SpineError('SPINE_IMPORT_FORMAT', {
      where: file,
      wanted: 'a readable file',
      found: unreadable((error as NodeJS.ErrnoException).code),
      hint: 'Check the path and its permissions.',
      cause: error,
    });
  }
}

function unreadable(code = 'an error'): string {
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'a folder',
    EACCES: 'one that may not be read',
  };
  return words[code] ?? code;
}

/** Formats without a clock start here: what was asked for, else when the file was last written. */
function startOf(file: string, asked: string | undefined): number {
  if (asked === undefined) return Math.floor(statSync(file).mtimeMs) * 1000;
  const ms = Date.parse(asked);
  if (Number.isFinite(ms)) return ms * 1000;
  throw new SpineError('SPINE_CLI_USAGE', {
    where: '--start',
    wanted: 'a time such as 2026-01-05T09:00:00Z',
    found: asked,
  });
}

function sayReport(terminal: Terminal, report: FileReport, isDry: boolean): void {
  if (report.error !== undefined) {
    const { message, hint } = report.error;
    terminal.say(`${terminal.style('red', '✗')} ${report.file}\n  ${message}\n  ${hint}`);
    return;
  }
  const verb = isDry ? 'would publish' : 'published';
  const events = counted(report.events ?? 0, 'event');
  const runs = counted(report.runs ?? 0, 'run');
  terminal.line(
    `${terminal.style('green', '✓')} ${report.file}: ${report.format}, ${verb} ${events} of ${runs}`,
  );
}
