// The section `sentinel` of the configuration: rounds, rules and routes of alerts.
// Guarantees: as config-schema.ts, of which it is a part.
// Example: sentinel: { interval_ms: 15000 }
import { z } from 'zod';
import { whole, wholeOrOff } from './field.ts';

export const sentinel = z.strictObject({
  interval_ms: whole({
    min: 1_000,
    max: 3_600_000,
    fallback: 30_000,
    unit: 'ms',
    means: 'Time from the start of one round to the start of the next.',
  }),
  http_port: wholeOrOff({
    min: 0,
    max: 65_535,
    unit: 'port',
    means: 'Port of /livez, /readyz and /metrics. null is off, 0 takes a free one.',
  }),
});
