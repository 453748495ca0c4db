// From the broker's answers, however deep kafkajs wrapped them, to the catalogue; and what is
// logged.
import { SpineError } from '@agentspine/outcome/errors';
import { expect, test } from 'vitest';
import { kafkajsLogCreator } from './logger.ts';
import { mapError } from './map-error.ts';
import { kafkajs } from './patch-kafkajs.ts';
import { patched } from './unpatched-kafkajs.ts';

const { createErrorFromCode } = patched<{ createErrorFromCode(code: number): Error }>(
  'protocol/error',
);
const place = { where: 'here' };

test.each([
  [22, 'SPINE_KAFKA_FENCED'], // ILLEGAL_GENERATION
  [25, 'SPINE_KAFKA_FENCED'], // UNKNOWN_MEMBER_ID
  [27, 'SPINE_KAFKA_FENCED'], // REBALANCE_IN_PROGRESS
  [82, 'SPINE_KAFKA_FENCED'], // FENCED_INSTANCE_ID
  [29, 'SPINE_KAFKA_DENIED'], // TOPIC_AUTHORIZATION_FAILED
  [30, 'SPINE_KAFKA_DENIED'], // GROUP_AUTHORIZATION_FAILED
  [58, 'SPINE_KAFKA_DENIED'], // SASL_AUTHENTICATION_FAILED
  [3, 'SPINE_KAFKA_TOPIC'], // UNKNOWN_TOPIC_OR_PARTITION
  [10, 'SPINE_RECORD_TOO_LARGE'], // MESSAGE_TOO_LARGE
  [1, 'SPINE_DELIVERY_HOLE'], // OFFSET_OUT_OF_RANGE
  [5, 'SPINE_KAFKA_UNREACHABLE'], // LEADER_NOT_AVAILABLE
  [14, 'SPINE_KAFKA_UNREACHABLE'], // GROUP_LOAD_IN_PROGRESS
  [19, 'SPINE_KAFKA_UNREACHABLE'], // NOT_ENOUGH_REPLICAS
  [87, 'SPINE_KAFKA_REFUSED'], // INVALID_RECORD
  [9_999, 'SPINE_KAFKA_REFUSED'], // a code kafkajs does not know
])('the broker answer %i is %s, however deep it is wrapped', (code, expected) => {
  const answer = createErrorFromCode(code);
  const refusal = Object.assign(new kafkajs.KafkaJSNonRetriableError('wrapped'), {
    cause: answer,
  });
  for (const error of [answer, refusal, new Error('outer', { cause: refusal })]) {
    expect(mapError(error, place)).toMatchObject({ code: expected, facts: { where: 'here' } });
  }
});

test('a broker that is away, a defect and an error of the catalogue are told apart', () => {
  const away = new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED');
  expect(mapError(away, place).code).toBe('SPINE_KAFKA_UNREACHABLE');
  expect(mapError(new TypeError('x is undefined'), place).code).toBe('SPINE_INTERNAL');
  expect(mapError(new Error('of a handler'), place).code).toBe('SPINE_KAFKA_REFUSED');
  expect(mapError('text', place).facts.found).toBe('text');
  const own = new SpineError('SPINE_DELIVERY_MISMATCH');
  expect(mapError(own, place)).toBe(own);
  expect(mapError(new Error('outer', { cause: own }), place)).toBe(own);
});

test('what kafkajs calls an error while a broker starts stays quiet, anything else is a warning', () => {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (_: object, message: string): void =>
      void lines.push(`${level} ${message}`);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const write = kafkajsLogCreator(logger)();
  const line = (message: string, error?: string): void =>
    write({ level: 1, namespace: 'Connection', log: { message, error } });
  line('Connection error: connect ECONNREFUSED 127.0.0.1:1');
  line(
    'Response InitProducerId(key: 22, version: 1)',
    "The coordinator is loading and hence can't",
  );
  line('Response JoinGroup(key: 11)', 'The group coordinator is not available');
  line('Something nobody has seen');
  expect(lines.map((text) => text.split(' ')[0])).toEqual(['debug', 'debug', 'debug', 'warn']);
});
