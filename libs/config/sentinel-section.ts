// The section `sentinel` of the configuration: rounds, rules and routes of alerts.
// Guarantees: as config-schema.ts, of which it is a part.
// Example: sentinel: { interval_ms: 15000, routes: routes.yaml }
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { list, path, text, whole, wholeOrOff } from './field.ts';

const infra = (name: string): string =>
  fileURLToPath(new URL(`../../infra/${name}`, import.meta.url));

export const sentinel = z.strictObject({
  interval_ms: whole({
    min: 1_000,
    max: 3_600_000,
    fallback: 30_000,
    unit: 'ms',
    means: 'Time from the start of one round to the start of the next.',
  }),
  rules: list({
    fallback: [infra('alerts')],
    pattern: /./u,
    wanted: 'a list of paths, relative to the file that names them',
    unit: 'paths',
    path: true,
    means:
      'Files of alert rules. A folder stands for every .yaml file in it but routes.yaml, by name.',
  }),
  routes: path({
    fallback: infra('alerts/routes.yaml'),
    means: 'Who hears of which alert: routes, receivers, inhibitions.',
  }),
  link: text({
    fallback: '',
    means:
      'Address to look at an alert, with {tenant}, {agent}, {rule}, {key}, {from} and {to} (ms) filled in; empty for none.',
  }),
  delay_min_ms: whole({
    min: 0,
    max: 3_600_000,
    fallback: 60_000,
    unit: 'ms',
    means: 'Data younger than this are not judged; more where the measured ingest lag is more.',
  }),
  delay_max_ms: whole({
    min: 0,
    max: 86_400_000,
    fallback: 900_000,
    unit: 'ms',
    means: 'The measured ingest lag delays the judgement by at most this.',
  }),
  lease_ms: whole({
    min: 10_000,
    max: 3_600_000,
    fallback: 120_000,
    unit: 'ms',
    means:
      'One sentinel at a time runs rounds; another one takes over when this has passed without a round.',
  }),
  http_port: wholeOrOff({
    min: 0,
    max: 65_535,
    unit: 'port',
    means: 'Port of /livez, /readyz and /metrics. null is off, 0 takes a free one.',
  }),
});
