// The contract of port.ts as tests, run against every implementation: memory-log.test.ts beside
// this file and test/journeys/kafka-contract.test.ts on a real broker. A new client is ready when
// it passes.
// Example: describeLog('the in-memory log', async () => memorySubject());
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { groupContract } from './contract-group.ts';
import { readingContract } from './contract-reading.ts';
import { writingContract } from './contract-writing.ts';
import { readerOptions } from './options.ts';
import type { ContractSubject, ContractTools } from './contract-tools.ts';
import type { Log } from './port.ts';

export function describeLog(name: string, open: () => Promise<ContractSubject>): void {
  // oxlint-disable-next-line vitest/valid-title -- the implementation's name
  describe(name, () => {
    let subject: ContractSubject;
    const logs: Log[] = [];
    beforeAll(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await Promise.all(logs.splice(0).map((log) => log.close()));
    });
    afterAll(async () => {
      await subject.close();
    });

    async function connect(): Promise<Log> {
      const log = await subject.connect();
      logs.push(log);
      return log;
    }
    const tools: ContractTools = {
      get subject() {
        return subject;
      },
      connect,
      topic: async (partitions, config = {}) => {
        const topic = `contract.${randomUUID()}`;
        const admin = await (await connect()).admin();
        await admin.createTopics([{ name: topic, partitions, replication: 1, config }]);
        return topic;
      },
      group: () => `contract-${randomUUID()}`,
      reader: async (groupId, topic, more = {}) => {
        const { sessionTimeoutMs } = subject;
        const times = { sessionTimeoutMs, heartbeatIntervalMs: Math.floor(sessionTimeoutMs / 12) };
        const options = { ...times, minBytes: 1, maxWaitMs: 50, ...more };
        return (await connect()).reader(readerOptions({ groupId, topics: [topic], ...options }));
      },
      write: async (records) => {
        const writer = await (await connect()).writer();
        await writer.send(records);
      },
    };
    readingContract(tools);
    groupContract(tools);
    writingContract(tools);
  });
}
