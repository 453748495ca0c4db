// From what kafkajs throws to an error of the catalogue. kafkajs wraps: the broker's own answer
// (with its `type`) may be some causes deep, and a refused commit comes as KafkaJSNonRetriableError
// without a type of its own.
// Guarantees: always a SpineError; one that is already there is passed through. Never a payload in
// its text.
// Example: throw mapError(error, { where: 'commit agent.events/3', wanted: 'the commit to be
// accepted' }).
import { isSpineError, SpineError, type SpineErrorCode } from '@agentspine/outcome/errors';

export type ErrorPlace = { readonly where: string; readonly wanted?: string };

/** The broker's answer inside an error: its name in the Kafka protocol. */
export type BrokerAnswer = Error & { readonly type: string };

const FENCED = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

const BY_TYPE: Readonly<Record<string, SpineErrorCode>> = {
  SASL_AUTHENTICATION_FAILED: 'SPINE_KAFKA_DENIED',
  UNSUPPORTED_SASL_MECHANISM: 'SPINE_KAFKA_DENIED',
  ILLEGAL_SASL_STATE: 'SPINE_KAFKA_DENIED',
  SECURITY_DISABLED: 'SPINE_KAFKA_DENIED',
  UNKNOWN_TOPIC_OR_PARTITION: 'SPINE_KAFKA_TOPIC',
  INVALID_TOPIC_EXCEPTION: 'SPINE_KAFKA_TOPIC',
  MESSAGE_TOO_LARGE: 'SPINE_RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'SPINE_RECORD_TOO_LARGE',
  OFFSET_OUT_OF_RANGE: 'SPINE_DELIVERY_HOLE',
  UNSUPPORTED_COMPRESSION_TYPE: 'SPINE_KAFKA_CODEC',
};

/**
 * Answers of a cluster that is starting, electing, or short of replicas: the same request succeeds
 * later.
 */
const COMES_BACK = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_CONTROLLER',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
]);

/** kafkajs's names for a broker that cannot be talked to just now. */
const AWAY =
  /^KafkaJS(Connection|RequestTimeout|Timeout|LockTimeout|Broker|NoBroker|MetadataNot|TopicMetadata|GroupCoordinator|NumberOfRetries)/;

const DEFECTS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/** The error and its causes, outermost first. */
function* chain(error: unknown): Generator<Error> {
  let current = error;
  for (let depth = 0; depth < 10 && current instanceof Error; depth++) {
    yield current;
    current = current.cause;
  }
}

/** What the broker answered, however deep kafkajs wrapped it; null when no broker answered. */
export function brokerAnswer(error: unknown): BrokerAnswer | null {
  for (const link of chain(error)) {
    if (typeof (link as { type?: unknown }).type === 'string') return link as BrokerAnswer;
  }
  return null;
}

export function mapError(error: unknown, place: ErrorPlace): SpineError {
  if (isSpineError(error)) return error;
  const links = [...chain(error)];
  const inner = links.find(isSpineError);
  if (inner !== undefined) return inner;
  const answer = brokerAnswer(error);
  const found = answer === null ? textOf(links, error) : `${answer.type} (${answer.message})`;
  return new SpineError(codeOf(links, answer), { ...place, found, cause: error });
}

function codeOf(links: readonly Error[], answer: BrokerAnswer | null): SpineErrorCode {
  if (answer !== null) {
    if (FENCED.has(answer.type)) return 'SPINE_KAFKA_FENCED';
    if (answer.type.endsWith('AUTHORIZATION_FAILED')) return 'SPINE_KAFKA_DENIED';
    if (COMES_BACK.has(answer.type)) return 'SPINE_KAFKA_UNREACHABLE';
    return BY_TYPE[answer.type] ?? 'SPINE_KAFKA_REFUSED';
  }
  const names = links.map((link) => link.name);
  if (names.includes('KafkaJSSASLAuthenticationError')) return 'SPINE_KAFKA_DENIED';
  if (names.includes('KafkaJSOffsetOutOfRange')) return 'SPINE_DELIVERY_HOLE';
  if (names.includes('KafkaJSNotImplemented')) return 'SPINE_KAFKA_CODEC';
  if (names.some((name) => AWAY.test(name))) return 'SPINE_KAFKA_UNREACHABLE';
  return names.some((name) => DEFECTS.has(name)) ? 'SPINE_INTERNAL' : 'SPINE_KAFKA_REFUSED';
}

function textOf(links: readonly Error[], error: unknown): string {
  const last = links.at(-1);
  return last === undefined ? String(error) : last.message || last.name;
}
