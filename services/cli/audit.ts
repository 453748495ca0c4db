// The auditor's question, put together: what the log has, what the sink says it stored, what is
// stored. Shares the pure comparison with libs/clickhouse/audit.ts; used by doctor, the demo and
// tests.
// Example: const report = await audit(opened); report.ok, report.partitions
import { auditDelivery, type AuditReport } from '@agentspine/clickhouse/audit';
import { readSinkNote } from '@agentspine/event/sink-note';
import { SpineError } from '@agentspine/outcome/errors';
import type { Opened } from './open.ts';

export type Audit = AuditReport & {
  /** Records agent.events has ever taken. */
  readonly produced: number;
  /**
   * The sink has committed up to the end of the log. Until then the rows of its last insert may be
   * visible while what views derive from them is still being written.
   */
  readonly isSettled: boolean;
};

export async function audit(opened: Opened): Promise<Audit> {
  const { topics, sink } = opened.config;
  const admin = await opened.log().admin();
  try {
    const source = await admin.offsets(`${topics.prefix}.events`);
    if (source === null) {
      throw new SpineError('SPINE_KAFKA_TOPIC', {
        where: `${topics.prefix}.events`,
        wanted: 'the topic',
        found: 'none',
      });
    }
    const governed = `${topics.prefix}.governed`;
    const committed = await admin.committed(sink.group_id, governed);
    const perPartition = source.map(({ partition, low, high }) => {
      const { mark } = readSinkNote(
        committed.get(partition) ?? null,
        governed,
        partition,
        sink.generation,
      );
      return { partition, low, high, mark };
    });
    const report = await auditDelivery(opened.clickHouse(), {
      generation: sink.generation,
      perPartition,
    });
    const isSettled = perPartition.every(({ mark, high }) => mark >= high - 1);
    return { ...report, isSettled, produced: source.reduce((sum, { high }) => sum + high, 0) };
  } finally {
    await admin.close();
  }
}
