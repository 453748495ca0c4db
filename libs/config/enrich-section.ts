// What is known beside an event: prices of models, and whose agent it is.
// Guarantees: both files are shipped, so that an empty configuration has them.
// Example: enrich: { price_table: my-prices.yaml }
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { path } from './field.ts';

const infra = (name: string): string =>
  fileURLToPath(new URL(`../../infra/${name}`, import.meta.url));

export const enrich = z.strictObject({
  price_table: path({
    fallback: infra('prices/prices.yaml'),
    means: 'Dated prices of models, from which cost is computed.',
  }),
  agent_registry: path({
    fallback: infra('agents/agents.yaml'),
    means: 'Owner, team, criticality, cost centre and KPI of each agent.',
  }),
});
