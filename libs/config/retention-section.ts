// How long the tables keep what: by class of data, and for single tenants.
// Guarantees: nothing is kept for ever by oversight; every time is in days since Kafka took it.
// Example: retention: { bodies_days: 7, tenants: ['acme:events=30'] }
import { z } from 'zod';
import { list, whole } from './field.ts';

const days = (fallback: number, means: string) =>
  whole({ min: 1, max: 36_500, fallback, unit: 'days', means });

export const retention = z.strictObject({
  bodies_days: days(30, 'Texts that agents read and wrote: input, output, rationale, comment.'),
  events_days: days(180, 'Events, dead letters, the index of runs, lineage.'),
  rollups_days: days(400, 'Sums, distributions and categories.'),
  findings_days: days(400, 'Violations, decisions and their results.'),
  tenants: list({
    fallback: [],
    pattern: /^[a-z0-9][a-z0-9_-]{0,62}:(?:bodies|events|rollups|findings)=[1-9]\d{0,4}$/u,
    wanted: 'a list of tenant:class=days, such as acme:events=30',
    unit: 'times',
    means:
      'Other times of single tenants. Counted, as all of these, from when Kafka took an event.',
  }),
});
