// For each rule of the house: violations that it must refuse, at which line and with which way out,
// and near misses that it must let pass. A rule without an entry here fails the test.
// Example: { rule: 'no barrels', refused: [{ path, text, line: 2, use: 'the file itself' }],
// passed: [{ path, text }] }
import { PLANTED_CALLS } from './planted-calls.ts';
import { PLANTED_CONTRACTS } from './planted-contracts.ts';
import { PLANTED_SHAPES } from './planted-shapes.ts';

export type Planted = { readonly path: string; readonly text: string };
export type Refused = Planted & {
  readonly line: number;
  readonly use: string;
  /** Where the violation is reported, if not in the file itself. */
  readonly at?: string;
};
export type PlantedRule = {
  readonly rule: string;
  readonly refused: readonly Refused[];
  readonly passed: readonly Planted[];
};

const header = '// What it is.\n';
const statements = (count: number): string => '  step();\n'.repeat(count);
const arrow = (path: string, line: string, use: string): Refused => ({
  path,
  text: `${header}${line}\n`,
  line: 2,
  use,
});

const ARROWS: PlantedRule = {
  rule: 'import arrows',
  refused: [
    {
      path: 'libs/policy/judge.ts',
      text: `${header}import type { Log } from '@agentspine/kafka/port';\n`,
      line: 2,
      use: 'a parameter',
    },
    {
      path: 'libs/event/build.ts',
      text: `${header}import { readFileSync } from 'node:fs';\n`,
      line: 2,
      use: 'a parameter of the function',
    },
    {
      path: 'libs/kafka/port.ts',
      text: `${header}export { x } from '../wire/codec.ts';\n`,
      line: 2,
      use: 'a service that composes both',
    },
    {
      path: 'services/sink/main.ts',
      text: `${header}\nawait import('@agentspine/worker-service/journey');\n`,
      line: 3,
      use: 'a lib for what both services need',
    },
    {
      path: 'services/cli/demo.ts',
      text: `${header}import { journey } from '../worker/journey.ts';\n`,
      line: 2,
      use: 'services/worker/start.ts',
    },
    {
      path: 'examples/fleet/main.ts',
      text: `${header}import { x } from '@agentspine/kafka/port';\n`,
      line: 2,
      use: '@agentspine/sdk',
    },
    {
      path: 'services/worker/run.ts',
      text: `${header}import kafkajs from 'kafkajs';\n`,
      line: 2,
      use: '@agentspine/kafka/port',
    },
    {
      path: 'libs/kafka/encode.ts',
      text: `${header}import avro from 'avsc';\n`,
      line: 2,
      use: '@agentspine/wire',
    },
    {
      path: 'services/sink/insert.ts',
      text: `${header}import { createClient } from '@clickhouse/client';\n`,
      line: 2,
      use: '@agentspine/clickhouse',
    },
    {
      path: 'services/sink/stack.ts',
      text: `${header}import { up } from '@agentspine/local-stack/up';\n`,
      line: 2,
      use: 'a lib for what both services need',
    },
    {
      path: 'libs/wire/x.test.ts',
      text: `${header}import { stack } from '../../test/journeys/stack.ts';\n`,
      line: 2,
      use: 'a room of its own',
    },
    { path: 'libs/keys/x.ts', text: `${header}import 'fs';\n`, line: 2, use: '"node:fs"' },
    arrow(
      'libs/policy/judge.ts',
      "import type { Pass } from '@agentspine/privacy/pass';",
      'pure libs know only event and outcome',
    ),
    arrow(
      'libs/outcome/outcome.ts',
      "import type { AgentEvent } from '@agentspine/event/agent-event';",
      'a parameter',
    ),
    arrow(
      'libs/enrich/prices.ts',
      "const http = await import('node:http');",
      'a parameter of the function',
    ),
    arrow('libs/privacy/scan.ts', "import net from 'node:net';", 'a parameter of the function'),
    arrow('libs/enrich/prices.ts', "import kafkajs from 'kafkajs';", '@agentspine/kafka/port'),
    arrow(
      'libs/wire/registry.ts',
      "import { journey } from '@agentspine/worker-service/journey';",
      'a service that composes both',
    ),
    arrow(
      'libs/sdk/connect.ts',
      "import { up } from '@agentspine/local-stack/stack';",
      'a service that composes both',
    ),
    arrow(
      'infra/local/stack.ts',
      "import { demo } from '@agentspine/cli-service/demo';",
      'a service that composes both',
    ),
    arrow(
      'examples/fleet/main.ts',
      "import { start } from '@agentspine/sink-service/start';",
      '@agentspine/sdk',
    ),
    arrow(
      'tools/count.ts',
      "import { ok } from '@agentspine/outcome/outcome';",
      'a service that composes both',
    ),
  ],
  passed: [
    {
      path: 'libs/policy/judge.ts',
      text: `${header}import { ok } from '@agentspine/outcome/outcome';\nimport { createHash } from 'node:crypto';\n`,
    },
    {
      path: 'libs/policy/judge.test.ts',
      text: `${header}import { readFileSync } from 'node:fs';\nimport { x } from '@agentspine/wire/x';\n`,
    },
    { path: 'libs/kafka/log.ts', text: `${header}import kafkajs from 'kafkajs';\n` },
    {
      path: 'libs/wire/registry.ts',
      text: `${header}import { x } from '@agentspine/event/x';\nimport { y } from '@agentspine/observe/log';\n`,
    },
    {
      path: 'services/cli/demo.ts',
      text: `${header}import { start } from '@agentspine/worker-service/start';\nimport { up } from '@agentspine/local-stack/up';\n`,
    },
    { path: 'test/journeys/x.test.ts', text: `${header}import kafkajs from 'kafkajs';\n` },
    { path: 'libs/event/x.ts', text: `${header}const text = "import x from 'kafkajs'";\n` },
  ],
};

const SIZES: readonly PlantedRule[] = [
  {
    rule: 'file size',
    refused: [{ path: 'libs/event/x.ts', text: 'x;\n'.repeat(301), line: 301, use: 'at most 300' }],
    passed: [
      { path: 'libs/event/x.ts', text: 'x;\n'.repeat(300) },
      { path: 'docs/long.md', text: 'x\n'.repeat(900) },
    ],
  },
  {
    rule: 'function size',
    refused: [
      {
        path: 'libs/event/x.ts',
        text: `${header}\nfunction f() {\n${statements(69)}}\n`,
        line: 3,
        use: 'at most 70',
      },
      {
        path: 'services/sink/x.ts',
        text: `${header}export const f = () => {\n${statements(90)}};\n`,
        line: 2,
        use: 'at most 70',
      },
    ],
    passed: [
      {
        path: 'libs/event/x.ts',
        text: `function f() {\n${statements(68)}${'  // why\n\n'.repeat(40)}}\n`,
      },
      { path: 'libs/event/x.test.ts', text: `describe('all', () => {\n${statements(200)}});\n` },
    ],
  },
  {
    rule: 'line size',
    refused: [
      {
        path: 'libs/event/x.ts',
        text: `${header}const a = ${'b + '.repeat(30)}c;\n`,
        line: 2,
        use: 'at most 100',
      },
      { path: 'libs/event/x.ts', text: `// ${'why '.repeat(30)}\n`, line: 1, use: 'at most 100' },
      {
        path: 'libs/clickhouse/migrations/0001_events.sql',
        text: `-- events\nSELECT ${'a, '.repeat(40)}\n`,
        line: 2,
        use: 'at most 120',
      },
    ],
    passed: [
      { path: 'libs/event/x.ts', text: `// https://example.org/${'x'.repeat(100)}\n` },
      {
        path: 'libs/event/x.ts',
        text: `${header}const all = { hint: '${'word '.repeat(30)}' };\n`,
      },
      {
        path: 'libs/clickhouse/migrations/0001_events.sql',
        text: `  a UInt8, -- ${'why '.repeat(30)}\n`,
      },
      { path: 'schemas/x.avsc', text: `"doc": "${'word '.repeat(90)}"\n` },
    ],
  },
];

export const PLANTED: readonly PlantedRule[] = [
  ARROWS,
  ...SIZES,
  ...PLANTED_CALLS,
  ...PLANTED_SHAPES,
  ...PLANTED_CONTRACTS,
];
