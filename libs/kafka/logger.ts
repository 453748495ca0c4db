// What this room writes its few log lines to; pino fits. Also turns kafkajs's own lines into lines
// of that logger: kafkajs logs at ERROR what the reader and the writer here wait out by themselves
// (a broker that is starting, gone, or moving a partition, a rebalance), so those go to debug and
// the reader or writer says the state once.
// Example: new Kafka({ logLevel: 2, logCreator: kafkajsLogCreator(logger) }).

export type KafkaLogger = {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
};

export const silentLogger: KafkaLogger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

const HANDLED_HERE = [
  /connection|connect|disconnect|socket/i,
  /loading|not available|coordinator|not aware of this member/i,
  /rebalanc|generation|re-?join/i,
  /leader|metadata|replica|timed? ?out/i,
  /does not host this topic-partition/i,
  /^Crash|^Restarting|^Failed to send|offset out of range/i,
  /limiting retries|sequence/i,
];

type Entry = {
  readonly level: number;
  readonly namespace: string;
  readonly log: { readonly message: string; readonly [fact: string]: unknown };
};

/**
 * For kafkajs's logCreator. Facts are names, counts and error texts; kafkajs never logs keys or
 * values at these levels.
 */
export function kafkajsLogCreator(logger: KafkaLogger): () => (entry: Entry) => void {
  return () =>
    ({ level, namespace, log }) => {
      const { message, error, broker, groupId, retryCount } = log;
      const facts = { client: namespace, error: textOf(error), broker, groupId, retryCount };
      const text = `${message} ${facts.error ?? ''}`;
      if (level > 2 || HANDLED_HERE.some((pattern) => pattern.test(text))) {
        logger.debug(facts, message);
      } else {
        logger.warn(facts, message);
      }
    };
}

function textOf(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
