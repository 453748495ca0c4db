// Errors of the store in the catalogue's words: could it not be reached (unknown whether it acted),
// or did it say no?
// Guarantees: never carries a row; a server message is cut at the first line and 300 characters,
// values in quotes left out.
// Example: if (isDataError(error)) bisect(batch); else if (error.retryable) wait();
import { SpineError } from '@agentspine/outcome/errors';

/**
 * The server's codes (ErrorCodes.cpp) that say nothing about the bytes sent: too busy, starting,
 * stopping, cut off.
 */
const UNKNOWN_OUTCOME = new Set([
  159, // TIMEOUT_EXCEEDED
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  225, // NO_ZOOKEEPER
  236, // ABORTED
  241, // MEMORY_LIMIT_EXCEEDED
  242, // TABLE_IS_READ_ONLY
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  319, // UNKNOWN_STATUS_OF_INSERT
  364, // RECEIVED_ERROR_TOO_MANY_REQUESTS
  394, // QUERY_WAS_CANCELLED
  439, // CANNOT_SCHEDULE_TASK
  598, // CANNOT_WRITE_TO_FILE_DESCRIPTOR, disk away
  745, // SERVER_OVERLOADED
  999, // KEEPER_EXCEPTION
]);

const NARROW =
  'The server gave up within its bounds: ask for a narrower range, or wait if it is busy.';
/** Better ways out than the catalogue's, where the server did answer. */
const HINTS = new Map([
  [159, NARROW],
  [202, NARROW],
  [241, NARROW],
  [243, 'Free disk space on the server.'],
  [
    252,
    'The server merges parts more slowly than they come; it catches up when inserts are larger.',
  ],
]);

/** The server's codes that the same bytes will meet again. */
const DATA = new Set([
  6, // CANNOT_PARSE_TEXT
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  128, // TOO_LARGE_ARRAY_SIZE
  130, // CANNOT_READ_ARRAY_FROM_TEXT
  131, // TOO_LARGE_STRING_SIZE
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  376, // CANNOT_PARSE_UUID
  407, // DECIMAL_OVERFLOW
  467, // CANNOT_PARSE_BOOL
  691, // UNKNOWN_ELEMENT_OF_ENUM
]);

/**
 * Code 1001 wraps exceptions of libraries; these names are of the Avro reader and say the container
 * is broken.
 */
const AVRO_EXCEPTION = /avro::Exception/;

/** What a server said: its code, the code's name, its message. */
export type ServerWord = { readonly code: number; readonly name: string; readonly message: string };

/** The server said no. serverCode and serverName are ClickHouse's own, e.g. 117 INCORRECT_DATA. */
export class ClickHouseRefusal extends SpineError {
  readonly serverCode: number;
  readonly serverName: string;
  /** The same bytes will be refused again. */
  readonly aboutData: boolean;

  constructor(word: ServerWord, where: string) {
    const data = DATA.has(word.code) || (word.code === 1001 && AVRO_EXCEPTION.test(word.message));
    super('SPINE_CLICKHOUSE_REFUSED', {
      where,
      found: `${word.code} ${word.name}: ${firstLine(word.message)}`,
      ...(data ? { hint: 'The same bytes will be refused again; see the row named.' } : {}),
    });
    this.name = 'ClickHouseRefusal';
    this.serverCode = word.code;
    this.serverName = word.name;
    this.aboutData = data;
  }
}

/**
 * True when the same bytes will be refused again, so that bisecting the batch makes sense and
 * waiting does not.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof ClickHouseRefusal && error.aboutData;
}

/**
 * Any error as a SpineError. word: what the server said, null where it said nothing; where names no
 * user or password.
 */
export function mapError(error: unknown, word: ServerWord | null, where: string): SpineError {
  if (error instanceof SpineError) return error;
  if (word !== null) {
    if (!UNKNOWN_OUTCOME.has(word.code)) return new ClickHouseRefusal(word, where);
    const found = `${word.code} ${word.name}: ${firstLine(word.message)}`;
    return unreachable(found, where, error, HINTS.get(word.code));
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ` : '';
  return unreachable(`${code}${firstLine(cause.message)}`, where, cause);
}

function unreachable(found: string, where: string, cause: unknown, hint?: string): SpineError {
  const facts = { where, found: found.trim(), cause };
  return new SpineError(
    'SPINE_CLICKHOUSE_UNREACHABLE',
    hint === undefined ? facts : { ...facts, hint },
  );
}

/**
 * Server messages may quote the value they stumbled over: quoted parts longer than a name are left
 * out.
 */
function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.replaceAll(/'[^']{64,}'/g, "'…'").slice(0, 300);
}
