// The section `analytics` of the configuration: what answers are made with beside the events.
// Guarantees: as config-schema.ts, of which it is a part.
// Example: config.analytics.kpi_files → ['…/infra/kpis']
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { list } from './field.ts';

export const analytics = z.strictObject({
  kpi_files: list({
    fallback: [fileURLToPath(new URL('../../infra/kpis', import.meta.url))],
    pattern: /./u,
    wanted: 'a list of paths, relative to the file that names them',
    unit: 'paths',
    path: true,
    means: 'KPI definitions. A folder stands for every .yaml file in it, by name.',
  }),
});
