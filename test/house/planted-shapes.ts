// Planted violations and near misses of the rules about what files look like (shape.ts); part of
// planted.ts.
// Guarantees: as planted.ts.
// Example: libs/event/utils.ts is refused for its name, libs/event/event-id.ts passes.
import type { Planted, PlantedRule } from './planted.ts';

const header = '// What it is.\n';
const readme = (text: string): Planted => ({ path: 'libs/policy/README.md', text });
/** Written apart, so that this file passes its own rules. */
const onThisMachine = (name: string): string => `/${name}/`;

export const PLANTED_SHAPES: readonly PlantedRule[] = [
  {
    rule: 'every file opens with what it is',
    refused: [
      {
        path: 'libs/event/x.ts',
        text: "import { a } from './a.ts';\nexport const b = a;\n\n// late\n",
        line: 1,
        use: '3–8 lines of //',
      },
      { path: 'libs/clickhouse/x.sql', text: 'SELECT 1\n', line: 1, use: '3–8 lines of --' },
    ],
    passed: [
      { path: 'bin/x.mjs', text: `#!/usr/bin/env node\n${header}` },
      { path: 'libs/clickhouse/x.sql', text: '-- What it answers.\nSELECT 1\n' },
    ],
  },
  {
    rule: 'names say what is inside',
    refused: [
      { path: 'libs/event/utils.ts', text: header, line: 1, use: 'the name of what is inside' },
      { path: 'libs/event/common/x.ts', text: header, line: 1, use: 'the name of what is inside' },
      { path: 'libs/event/time-helpers.test.ts', text: header, line: 1, use: 'what is inside' },
      { path: 'libs/event/EventId.ts', text: header, line: 1, use: 'kebab-case' },
    ],
    passed: [
      { path: 'libs/event/event-id.ts', text: header },
      { path: 'libs/event/common-words.ts', text: header },
      { path: 'vitest.config.ts', text: header },
    ],
  },
  {
    rule: 'no barrels',
    refused: [
      {
        path: 'libs/event/index.ts',
        text: `${header}export { a } from './a.ts';\nexport const b = 1;\n`,
        line: 2,
        use: 'the file itself',
      },
      {
        path: 'libs/event/all.ts',
        text: `${header}\nexport type { A } from './a.ts';\nexport { b } from './b.ts';\n`,
        line: 3,
        use: 'the file itself',
      },
      {
        path: 'libs/event/x.ts',
        text: `${header}const a = 1;\nexport * from './b.ts';\n`,
        line: 3,
        use: 'the file itself',
      },
    ],
    passed: [
      {
        path: 'libs/event/x.ts',
        text: `${header}export { a } from './a.ts';\nexport const b = 1;\n`,
      },
    ],
  },
  {
    rule: 'nothing is left for later',
    refused: [
      {
        path: 'libs/event/x.ts',
        text: `${header}a(); // TODO mend\n`,
        line: 2,
        use: 'an issue',
      },
      {
        path: 'infra/kafka/topics.yaml',
        text: `a: 1\n# FIXME\n`,
        line: 2,
        use: 'an issue',
      },
    ],
    passed: [
      { path: 'libs/event/x.ts', text: `${header}const mask = 'XXX-XX-1234'; // masks the rest\n` },
      { path: 'libs/event/x.ts', text: '// The todos of an agent are steps.\n' },
    ],
  },
  {
    rule: 'no path of one machine',
    refused: [
      {
        path: 'docs/start.md',
        text: `# Start\n\ncd ${onThisMachine('work')}main\n`,
        line: 3,
        use: 'relative to the repository',
      },
      {
        path: 'infra/x.yaml',
        text: `a: "${onThisMachine('home')}ann/x"\n`,
        line: 1,
        use: 'relative',
      },
    ],
    passed: [
      {
        path: 'docs/start.md',
        text: '# Start\n\nservices/work/x and https://example.org/work/x\n',
      },
    ],
  },
  {
    rule: 'one title per page',
    refused: [
      { path: 'docs/x.md', text: '# One\n\n# Two\n', line: 3, use: 'one line "# Title"' },
      { path: 'docs/x.md', text: '## No title\n', line: 1, use: 'one line "# Title"' },
    ],
    passed: [{ path: 'docs/x.md', text: '# One\n\n```sh\n# a comment\n```\n\n## Two\n' }],
  },
  {
    rule: 'SQL lives in .sql files',
    refused: [
      {
        path: 'services/sink/insert.ts',
        text: `${header}const a = 1;\nconst sql = \`INSERT INTO events VALUES (\${a})\`;\n`,
        line: 3,
        use: 'a .sql file',
      },
      {
        path: 'services/cli/setup.ts',
        text: `${header}run('CREATE TABLE x (a UInt8) ENGINE = Memory');\n`,
        line: 2,
        use: 'a .sql file',
      },
    ],
    passed: [
      { path: 'services/sink/x.ts', text: `${header}say('an insert into the table failed');\n` },
      { path: 'test/journeys/x.test.ts', text: `${header}run('DROP TABLE x');\n` },
      { path: 'libs/clickhouse/insert.ts', text: `${header}const sql = 'INSERT INTO x';\n` },
    ],
  },
  {
    rule: 'every room says what it promises',
    refused: [
      {
        path: 'libs/drift/psi.ts',
        text: header,
        line: 1,
        use: 'what it promises',
        at: 'libs/drift/README.md',
      },
      { ...readme('# policy\n\nIt promises.\n'), line: 1, use: 'what it promises and never does' },
    ],
    passed: [
      readme('# policy\n\nIt promises much and never fails.\n'),
      { path: 'test/journeys/x.test.ts', text: header },
    ],
  },
];
