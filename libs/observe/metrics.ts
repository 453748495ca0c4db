// Prometheus metrics of one service: what each stage accepted and refused, how long batches take,
// how far it lags.
// Guarantees: accepted and refused of a stage add up to what it was given; labels come from closed
// lists (stages, error codes, topics, partitions), never from records, so their number is bounded
// and no personal value can be among them. Names follow the Prometheus conventions: base units,
// _total for counters.
// Example: metrics.accepted('decode', 128); metrics.refused('decode', 'SPINE_RECORD_AVRO');
import type { SpineErrorCode } from '@agentspine/outcome/errors';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = {
  /** Records a stage let through. */
  accepted(stage: string, count?: number): void;
  /** Records a stage refused, with the reason. */
  refused(stage: string, code: SpineErrorCode, count?: number): void;
  /** One batch of a stage: seconds it took, records and bytes it held. */
  batch(stage: string, seconds: number, records: number, bytes?: number): void;
  /** Where a partition stands after a batch of it was finished. */
  lag(topic: string, partition: number, standing: Standing): void;
  /** Forgets the lag of a partition that was handed on. */
  forgetLag(topic: string, partition: number): void;
  /** Whether the service waits for an outside system now: clickhouse, kafka, registry. */
  waiting(dependency: string, isWaiting: boolean): void;
  /** A counter of the service's own, spine_<name>_total. */
  counter<L extends string>(name: string, help: string, labels: readonly L[]): OwnCounter<L>;
  /** A gauge of the service's own, spine_<name>. */
  gauge<L extends string>(name: string, help: string, labels: readonly L[]): OwnGauge<L>;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
};

export type Standing = {
  /** Records between the reading position and the end of the partition. */
  readonly records: number;
  /** From the broker taking the newest finished record to its being finished. */
  readonly seconds: number;
  /** When the batch was finished, in seconds since 1970. */
  readonly finishedAtSeconds: number;
};

type Labels<L extends string> = Readonly<Record<L, string | number>>;
export type OwnCounter<L extends string> = { add(labels: Labels<L>, count?: number): void };
export type OwnGauge<L extends string> = {
  set(labels: Labels<L>, value: number): void;
  forget(labels: Labels<L>): void;
};

/** From a millisecond to a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const RECORDS = [1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000];
const BYTES = [1e3, 1e4, 1e5, 1e6, 2e6, 4e6, 8e6, 1.6e7, 3.2e7, 6.4e7, 1.28e8];

/**
 * Metrics of one service, in a registry of their own. `process: false` leaves CPU, memory and event
 * loop out.
 */
export function createMetrics(service: string, options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, labelNames: ['stage'], buckets, registers });
  const records = new Counter({
    name: 'spine_stage_records_total',
    help: 'Records given to a stage, by what became of them; code is empty for accepted ones.',
    labelNames: ['stage', 'result', 'code'],
    registers,
  });
  const seconds = histogram('spine_batch_duration_seconds', 'Time one batch took.', SECONDS);
  const sizes = histogram('spine_batch_records', 'Records of one batch.', RECORDS);
  const bytes = histogram('spine_batch_bytes', 'Bytes of one batch.', BYTES);
  const ofPartition = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['topic', 'partition'], registers });
  const lag = ofPartition('spine_lag_records', 'Records behind the end, as of the last batch.');
  const lagSeconds = ofPartition('spine_lag_seconds', 'Wait of the newest finished record.');
  const finishedAt = ofPartition(
    'spine_finished_timestamp_seconds',
    'When the last batch of the partition was finished.',
  );
  const waiting = new Gauge({
    name: 'spine_waiting',
    help: '1 while the service waits for the outside system, 0 once it answers.',
    labelNames: ['dependency'],
    registers,
  });
  return {
    accepted: (stage, count = 1) => records.inc({ stage, result: 'accepted', code: '' }, count),
    refused: (stage, code, count = 1) => records.inc({ stage, result: 'refused', code }, count),
    batch: (stage, took, held, size) => {
      seconds.observe({ stage }, took);
      sizes.observe({ stage }, held);
      if (size !== undefined) bytes.observe({ stage }, size);
    },
    lag: (topic, partition, standing) => {
      lag.set({ topic, partition }, standing.records);
      lagSeconds.set({ topic, partition }, standing.seconds);
      finishedAt.set({ topic, partition }, standing.finishedAtSeconds);
    },
    forgetLag: (topic, partition) => {
      for (const gauge of [lag, lagSeconds, finishedAt]) gauge.remove({ topic, partition });
    },
    waiting: (dependency, isWaiting) => waiting.set({ dependency }, isWaiting ? 1 : 0),
    counter: (name, help, labels) => {
      const own = new Counter({ name: `spine_${name}_total`, help, labelNames: labels, registers });
      return { add: (values, count = 1) => own.inc(values, count) };
    },
    gauge: (name, help, labels) => {
      const own = new Gauge({ name: `spine_${name}`, help, labelNames: labels, registers });
      return {
        set: (values, value) => own.set(values, value),
        forget: (values) => own.remove(values),
      };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
