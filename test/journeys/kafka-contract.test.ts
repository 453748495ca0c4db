// The log port's contract on the local stack's real broker. The same suite holds the in-memory twin
// (libs/kafka/memory-log.test.ts).
import { describeLog } from '@agentspine/kafka/contract';
import { kafkaSubject } from '@agentspine/kafka/contract-kafka';
import { inject } from 'vitest';

describeLog('the log over kafkajs keeps the contract', () => kafkaSubject(inject('brokers')));
