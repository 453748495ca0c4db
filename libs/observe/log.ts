// Structured logs as JSON lines, for people who operate the spine.
// Guarantees: only fields of the list below are written, others are withheld and named; texts are
// short, without control characters and without the credentials of URLs; of an error that is not
// ours only name, code and stack are written, since its message may quote a record. So no payload
// and no secret reaches a log by accident.
// Levels: info is lifecycle, warn is recovered, error needs a person. Nothing is logged per event.
// Example: const log = createLogger({ service: 'worker', level: 'info' }); log.info({ partitions: 4
// }, 'ready');
import { isSpineError } from '@agentspine/outcome/errors';
import type { DestinationStream } from 'pino';
import { destination as open, pino, stdTimeFunctions } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a line may say beside its message. Numbers carry their unit in the name. */
export const SAFE_FIELDS = [
  // where
  'service',
  'stage',
  'topic',
  'partition',
  'partitions',
  'offset',
  'from_offset',
  'to_offset',
  'mark',
  'group_id',
  'member_id',
  'generation',
  'host',
  'port',
  'url',
  'file',
  'where',
  'database',
  'table',
  'migration',
  // what
  'code',
  'result',
  'reason',
  'wanted',
  'found',
  'hint',
  'what',
  'state',
  'signal',
  'name',
  'closer',
  'version',
  'node_version',
  'config_hash',
  'schema_id',
  'subject',
  'policy_hash',
  'key_version',
  'rule_id',
  'rules',
  'query_id',
  'token',
  'pid',
  'exit_code',
  // how much
  'records',
  'rows',
  'bytes',
  'batches',
  'count',
  'attempt',
  'attempts',
  'lag',
  'missing',
  'doubled',
  'dead_letters',
  'duration_ms',
  'waited_ms',
  'ready_ms',
  'deadline_ms',
  'timeout_ms',
  // errors, made safe below
  'error',
] as const;

export type SafeField = (typeof SAFE_FIELDS)[number];

export type LogFields = { readonly [name in SafeField]?: unknown };

export type Logger = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};

export type LoggerOptions = {
  readonly service: string;
  readonly level: LogLevel;
  /** Takes the lines. Standard error where absent, written at once so that a crash loses none. */
  readonly destination?: DestinationStream;
};

const SAFE: ReadonlySet<string> = new Set(SAFE_FIELDS);
const TEXT_MAX = 400;
const LIST_MAX = 32;
const CAUSES_MAX = 5;

export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const lines = pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? open({ fd: 2, sync: true }),
  );
  const at =
    (wanted: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (lines.isLevelEnabled(wanted)) lines[wanted](safeFields(fields), safeText(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function safeFields(fields: LogFields): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  const withheld: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (!SAFE.has(name)) withheld.push(safeText(name).slice(0, 40));
    else if (name === 'error') safe['error'] = safeError(value, CAUSES_MAX);
    else if (value !== undefined && name !== 'service') safe[name] = safeValue(value);
  }
  if (withheld.length > 0) safe['withheld'] = withheld.slice(0, LIST_MAX);
  return safe;
}

/** Scalars, and flat lists of them; anything deeper is only said to be there. */
function safeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, LIST_MAX).map(safeScalar);
  return safeScalar(value);
}

function safeScalar(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return safeText(value);
    case 'bigint':
      return value.toString();
    case 'number':
    case 'boolean':
      return value;
    default:
      return value === null ? null : `(${Array.isArray(value) ? 'list' : typeof value})`;
  }
}

/**
 * Name, code and stack; message and place only of our own errors, which hold no payload by
 * contract.
 */
function safeError(error: unknown, depth: number): unknown {
  if (!(error instanceof Error) || depth === 0) return `(${typeof error})`;
  const own = isSpineError(error);
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: safeText(error.name),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: safeScalar(code) } : {}),
    ...(own ? { message: safeText(error.message), hint: safeText(error.hint) } : {}),
    stack: stackFrames(error),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause, depth - 1) }),
  };
}

/** The frames of a stack, without the message that stands above them. */
function stackFrames(error: Error): readonly string[] {
  const stack = error.stack ?? '';
  const message = stack.indexOf(error.message);
  if (message === -1) return [];
  return stack
    .slice(message + error.message.length)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
    .map((line) => safeText(line.trim().slice(3)));
}

/** Short, on one line, valid Unicode, no user:password@ in URLs. */
export function safeText(text: string): string {
  const clean = text
    .slice(0, TEXT_MAX * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/:\/\/[^\s/@]*@/gu, '://***@');
  return clean.length > TEXT_MAX ? `${clean.slice(0, TEXT_MAX).toWellFormed()}…` : clean;
}
