// The condition of an alert rule: the keys of each kind, with their bounds.
// Guarantees: a key of another kind is a mistake of its own; windows of whole five minutes, since
// the rollups know no finer ones; hysteresis on the right side of the bound.
// Example: parseCondition(read, { kind: 'violations', min_severity: 'critical', … }, path)
import { METRIC_NAMES, metricOf, type MetricName } from './metrics.ts';
import { DRIFT_STATES, COMPARISONS, KINDS, PERIODS, SEVERITIES } from './rule.ts';
import type { BurnWindow, Condition, SloBurn, Threshold } from './rule.ts';
import type { FieldReader, Fields, Path } from './read-fields.ts';

const HOUR = 3_600_000;
const BUCKET = 300_000;

/**
 * Window pairs of the SRE workbook, chapter 5, table 5-8, for an objective of 30 days: 2 % of the
 * budget in an hour, 5 % in six, 10 % in a day, 10 % in three.
 */
const PRESETS: Readonly<Record<string, readonly BurnWindow[]>> = {
  page: [
    { longMs: HOUR, shortMs: BUCKET, factor: 14.4 },
    { longMs: 6 * HOUR, shortMs: 6 * BUCKET, factor: 6 },
  ],
  ticket: [
    { longMs: 24 * HOUR, shortMs: 2 * HOUR, factor: 3 },
    { longMs: 72 * HOUR, shortMs: 6 * HOUR, factor: 1 },
  ],
};

const KEYS: Readonly<Record<Condition['kind'], readonly string[]>> = {
  threshold: ['metric', 'window', 'is', 'bound', 'clear', 'min_n', 'kpi', 'better'],
  pipeline: ['metric', 'window', 'is', 'bound', 'clear', 'min_n'],
  slo_burn: ['sli', 'target', 'objective', 'windows', 'min_bad', 'min_total'],
  budget: ['measure', 'per', 'amount', 'share'],
  drift: ['states', 'dimensions', 'window'],
  violations: ['window', 'min_severity', 'bound'],
  absence: ['window', 'min_n'],
};

/** Keys a rule may have beside those of every rule. */
export function conditionKeys(kind: unknown): readonly string[] {
  const known = KINDS.find((one) => one === kind);
  return known === undefined ? Object.values(KEYS).flat() : KEYS[known];
}

export function parseCondition(read: FieldReader, from: Fields, path: Path): Condition {
  const kind = read.choice(from, path, 'kind', KINDS);
  switch (kind) {
    case 'threshold':
    case 'pipeline':
      return parseThreshold(read, from, path, kind);
    case 'slo_burn':
      return parseBurn(read, from, path);
    case 'budget':
      return {
        kind,
        measure: read.choice(from, path, 'measure', ['cost_usd', 'tokens']),
        per: read.choice(from, path, 'per', PERIODS),
        amount: read.number(from, path, 'amount', { min: 0 }),
        share: read.number(from, path, 'share', { min: 0.01, max: 10, fallback: 1 }),
      };
    case 'drift':
      return {
        kind,
        states: read.choices(from, path, 'states', DRIFT_STATES, ['alert']),
        dimensions: read
          .list(from, path, 'dimensions', 'dimensions')
          .map((_, at) => read.text(listed(from, 'dimensions', at), [...path, 'dimensions'], 'at')),
        windowMs: bucketed(read, from, path, 'window', 48 * HOUR),
      };
    case 'violations':
      return {
        kind,
        windowMs: bucketed(read, from, path, 'window', HOUR),
        minSeverity: read.choice(from, path, 'min_severity', SEVERITIES, 'info'),
        bound: read.number(from, path, 'bound', { min: 1, fallback: 1 }),
      };
    case 'absence':
      return {
        kind,
        windowMs: bucketed(read, from, path, 'window'),
        minN: read.number(from, path, 'min_n', { min: 1, fallback: 20 }),
      };
    default:
      return kind satisfies never;
  }
}

const listed = (from: Fields, key: string, at: number): Fields => ({
  at: (from[key] as readonly unknown[])[at],
});

function parseThreshold(
  read: FieldReader,
  from: Fields,
  path: Path,
  kind: Threshold['kind'],
): Threshold {
  const isPipeline = kind === 'pipeline';
  const known = METRIC_NAMES.filter((name) => (metricOf(name).isPipeline === true) === isPipeline);
  const metric: MetricName = read.choice(from, path, 'metric', known);
  const comparison = read.choice(from, path, 'is', COMPARISONS, '>');
  const bound = read.number(from, path, 'bound', {});
  const clear = read.number(from, path, 'clear', { fallback: bound });
  const isRising = comparison.startsWith('>');
  if (isRising ? clear > bound : clear < bound) {
    const side = isRising ? 'at most' : 'at least';
    read.refuse([...path, 'clear'], `${side} the bound ${bound}, so that it can clear`, clear);
  }
  return {
    kind,
    metric,
    windowMs: bucketed(read, from, path, 'window'),
    comparison,
    bound,
    clear,
    minN: read.number(from, path, 'min_n', { min: 0, fallback: 0 }),
    kpi: metric === 'kpi_change' ? read.text(from, path, 'kpi') : '',
    better: read.choice(from, path, 'better', ['higher', 'lower'], 'higher'),
  };
}

function parseBurn(read: FieldReader, from: Fields, path: Path): SloBurn {
  const sli = read.choice(from, path, 'sli', ['errors', 'latency']);
  return {
    kind: 'slo_burn',
    sli,
    targetMs: sli === 'latency' ? read.duration(from, path, 'target') : 0,
    objective: read.number(from, path, 'objective', { min: 0.5, max: 0.999_99 }),
    windows: parseWindows(read, from, path),
    minBad: read.number(from, path, 'min_bad', { min: 1, fallback: 10 }),
    minTotal: read.number(from, path, 'min_total', { min: 1, fallback: 100 }),
  };
}

function parseWindows(read: FieldReader, from: Fields, path: Path): readonly BurnWindow[] {
  const { windows = 'page' } = from;
  if (typeof windows === 'string') {
    const preset = PRESETS[read.choice({ windows }, path, 'windows', Object.keys(PRESETS))];
    return preset ?? [];
  }
  const list = read.list(from, path, 'windows', 'windows, or page or ticket');
  if (list.length === 0) read.refuse([...path, 'windows'], 'at least one window', windows);
  return list.map((item, index) => {
    const at = [...path, 'windows', index];
    const window = read.fields(item, at, ['long', 'short', 'factor']);
    const longMs = bucketed(read, window, at, 'long');
    const shortMs = bucketed(read, window, at, 'short');
    if (shortMs > longMs)
      read.refuse([...at, 'short'], 'at most as long as `long`', window['short']);
    return { longMs, shortMs, factor: read.number(window, at, 'factor', { min: 0.1 }) };
  });
}

/** A window of whole five-minute buckets. */
function bucketed(
  read: FieldReader,
  from: Fields,
  path: Path,
  key: string,
  fallback?: number,
): number {
  const ms = read.duration(from, path, key, fallback);
  if (ms >= BUCKET && ms % BUCKET === 0 && ms <= 90 * 24 * HOUR) return ms;
  if (from[key] !== undefined) {
    read.refuse([...path, key], 'whole five minutes, at most 90d', from[key]);
  }
  return BUCKET;
}
