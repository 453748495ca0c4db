// The closed catalogue of errors. A code says area and what; the entry says how to get out and
// whether the same input may succeed later. docs/errors.md lists the same codes, and a test holds
// the two together.
// Example: throw new SpineError('SPINE_CONFIG_VALUE', { wanted: 'a number ≥ 1', found: '"many"',
// where: 'spine.yaml:7' });

type Entry = { readonly hint: string; readonly retryable: boolean };

export const ERRORS = {
  // records (these become dead letters)
  SPINE_RECORD_EMPTY: {
    hint: 'Send a value; a tombstone has no meaning on agent.events.',
    retryable: false,
  },
  SPINE_RECORD_FRAME: {
    hint: 'Encode with a Confluent serializer: magic byte 0, then the 4-byte schema id.',
    retryable: false,
  },
  SPINE_RECORD_SCHEMA_UNKNOWN: {
    hint: "Register the schema under the topic's subject with `spine schemas register`; records that come after are taken.",
    retryable: false,
  },
  SPINE_RECORD_SCHEMA_INCOMPATIBLE: {
    hint: 'Write with a schema compatible with schemas/agent-event.avsc.',
    retryable: false,
  },
  SPINE_RECORD_AVRO: {
    hint: "The bytes do not match the schema of their id; check the producer's serializer.",
    retryable: false,
  },
  SPINE_RECORD_TOO_LARGE: {
    hint: 'Keep bodies by reference (Content.ref) or truncate them at the producer.',
    retryable: false,
  },
  SPINE_EVENT_ID: {
    hint: 'See the doc of the field in schemas/agent-event.avsc for the form it must have.',
    retryable: false,
  },
  SPINE_EVENT_TIME: {
    hint: "Times are microseconds since 1970; check the unit and the producer's clock.",
    retryable: false,
  },
  SPINE_EVENT_VALUE: {
    hint: 'See the doc of the field in schemas/agent-event.avsc for its range.',
    retryable: false,
  },
  SPINE_EVENT_TEXT: {
    hint: 'Text must be valid UTF-8 without NUL; encode binary bodies as base64 or keep them by reference.',
    retryable: false,
  },
  SPINE_PRIVACY_FAILED: {
    hint: "The event could not be scrubbed, so it was sealed. Fix the field policy or report the record's shape.",
    retryable: false,
  },
  SPINE_POLICY_FAILED: {
    hint: 'A rule could not be evaluated, so the event was sealed. Run the tests beside the rules: npm test -- policy.',
    retryable: false,
  },
  SPINE_ENCODE_FAILED: {
    hint: "The governed row could not be encoded; report the event's shape.",
    retryable: false,
  },
  // files and configuration
  SPINE_CONFIG_MISSING: {
    hint: 'Give --config, set SPINE_CONFIG, or run `spine up` to get a local stack with its own.',
    retryable: false,
  },
  SPINE_CONFIG_SYNTAX: { hint: 'Mend the YAML at the place named.', retryable: false },
  SPINE_CONFIG_KEY: {
    hint: 'Remove or rename the key; docs/config.md lists all keys.',
    retryable: false,
  },
  SPINE_CONFIG_VALUE: {
    hint: 'Give a value in the range named; docs/config.md lists all keys.',
    retryable: false,
  },
  SPINE_POLICY_FILE: { hint: 'Mend the rule at the place named.', retryable: false },
  SPINE_PRICES_FILE: { hint: 'Mend the price table at the place named.', retryable: false },
  SPINE_ALERT_FILE: { hint: 'Mend the alert file at the place named.', retryable: false },
  SPINE_AGENTS_FILE: { hint: 'Mend the agent registry file at the place named.', retryable: false },
  SPINE_KPI_FILE: { hint: 'Mend the KPI definition at the place named.', retryable: false },
  SPINE_FIELDS_FILE: { hint: 'Mend the field policy at the place named.', retryable: false },
  SPINE_KEYS_FILE: {
    hint: 'Point privacy.key_file at a readable keyring, or let `spine up` make one for a local stack.',
    retryable: false,
  },
  SPINE_SCHEMA_FILE: { hint: 'Mend the schema at the place named.', retryable: false },
  SPINE_SCHEMA_INCOMPATIBLE: {
    hint: 'Only add fields with defaults and enum symbols before a default; see schemas/README.md.',
    retryable: false,
  },
  // outside systems
  SPINE_KAFKA_UNREACHABLE: {
    hint: 'Check kafka.brokers and that the broker runs (`spine status`).',
    retryable: true,
  },
  SPINE_KAFKA_FENCED: {
    hint: 'The partition was taken over by another member; nothing to do.',
    retryable: true,
  },
  SPINE_KAFKA_REFUSED: { hint: "See the broker's message.", retryable: true },
  SPINE_KAFKA_TOPIC: {
    hint: 'Create the topics with `spine topics create` or from infra/kafka/topics.yaml.',
    retryable: false,
  },
  SPINE_KAFKA_DENIED: {
    hint: 'Check kafka.sasl and the ACLs of this principal; infra/kafka/topics.yaml lists what each service needs.',
    retryable: false,
  },
  SPINE_KAFKA_CODEC: {
    hint: 'Produce uncompressed, gzip or zstd, or set compression.type=uncompressed on the topic.',
    retryable: false,
  },
  SPINE_REGISTRY_UNREACHABLE: {
    hint: 'Check registry.url and that the registry runs (`spine status`).',
    retryable: true,
  },
  SPINE_REGISTRY_REFUSED: { hint: "See the registry's message.", retryable: false },
  SPINE_REGISTRY_MISSING: {
    hint: 'Register the schemas: `spine schemas register`.',
    retryable: true,
  },
  SPINE_CLICKHOUSE_UNREACHABLE: {
    hint: 'Check clickhouse.url and that the server runs (`spine status`).',
    retryable: true,
  },
  SPINE_CLICKHOUSE_REFUSED: { hint: "See the server's message.", retryable: true },
  SPINE_CLICKHOUSE_SETTING: {
    hint: 'A setting that exactly-once rests on is not in force; see docs/operate.md, "Settings".',
    retryable: false,
  },
  SPINE_CLICKHOUSE_MIGRATION: {
    hint: 'Never edit an applied migration; add a new one.',
    retryable: false,
  },
  // delivery
  SPINE_DELIVERY_HOLE: {
    hint: 'A governed record names a predecessor that was never stored. Stop and run `spine doctor --delivery`.',
    retryable: false,
  },
  SPINE_DELIVERY_MISMATCH: {
    hint: 'Rows and offsets disagree. Run `spine doctor --delivery`.',
    retryable: false,
  },
  SPINE_DELIVERY_METADATA: {
    hint: 'The offset metadata is not ours; give the service a consumer group of its own.',
    retryable: false,
  },
  // the local stack
  SPINE_STACK_JAVA: {
    hint: 'Install a JDK 17 or newer, or use `docker compose up`.',
    retryable: false,
  },
  SPINE_STACK_MAVEN: { hint: 'Install Maven, or use `docker compose up`.', retryable: false },
  SPINE_STACK_DOWNLOAD: {
    hint: 'Check the network and the Maven and npm settings, then run the command again.',
    retryable: true,
  },
  SPINE_STACK_PORT: {
    hint: 'Stop what uses the port, or leave it out to take a free one.',
    retryable: false,
  },
  SPINE_STACK_DISK: {
    hint: 'Free disk space, or point SPINE_STATE_DIR and SPINE_CACHE_DIR elsewhere.',
    retryable: false,
  },
  SPINE_STACK_CRASHED: {
    hint: 'Read the log named; `spine down` then `spine up` starts afresh.',
    retryable: true,
  },
  SPINE_STACK_TIMEOUT: {
    hint: 'Read the log named; a busy machine may need SPINE_READY_TIMEOUT_MS.',
    retryable: true,
  },
  // alerts
  SPINE_NOTIFY_UNREACHABLE: {
    hint: 'Check the url of the receiver and that it answers; it is asked again within its bounds.',
    retryable: true,
  },
  SPINE_NOTIFY_REFUSED: {
    hint: "Check the receiver's key or address in the routes file; see `spine alerts list --deliveries`.",
    retryable: false,
  },
  // import and commands
  SPINE_IMPORT_FORMAT: {
    hint: 'Supported: tau-bench trajectories and OpenTelemetry GenAI spans as JSON; see docs/start.md.',
    retryable: false,
  },
  SPINE_CLI_USAGE: { hint: 'See `spine help`.', retryable: false },
  SPINE_NOT_FOUND: { hint: 'Check the id; `spine report` lists recent runs.', retryable: false },
  SPINE_INTERNAL: { hint: 'This is a defect; report it with the message.', retryable: false },
} as const satisfies Record<string, Entry>;

export type SpineErrorCode = keyof typeof ERRORS;

export type ErrorFacts = {
  /** What would have been right. */
  readonly wanted?: string;
  /** What was there instead. Never a secret, never a payload. */
  readonly found?: string;
  /** file:line, topic/partition/offset, url. */
  readonly where?: string;
  readonly cause?: unknown;
  /** Overrides the catalogue's way out where a better one is known. */
  readonly hint?: string;
};

/** An error of the catalogue: code, what was wanted, what was found, where, what to do. */
export class SpineError extends Error {
  readonly code: SpineErrorCode;
  readonly facts: ErrorFacts;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(code: SpineErrorCode, facts: ErrorFacts = {}) {
    super(describe(code, facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'SpineError';
    this.code = code;
    this.facts = facts;
    this.hint = facts.hint ?? ERRORS[code].hint;
    this.retryable = ERRORS[code].retryable;
  }
}

export function isSpineError(error: unknown): error is SpineError {
  return error instanceof SpineError;
}

/** One line for people: `CODE where: wanted X, found Y.` */
function describe(code: SpineErrorCode, facts: ErrorFacts): string {
  const parts = [
    facts.wanted && `wanted ${facts.wanted}`,
    facts.found && `found ${facts.found}`,
  ].filter(Boolean);
  return [code, facts.where && ` ${facts.where}`, parts.length > 0 && `: ${parts.join(', ')}`]
    .filter(Boolean)
    .join('');
}
