// Calls and words that have a better form here, each with that form.
// Guarantees: looks at the syntax, so that a name inside a text or a comment is no violation.
// Example: Date.now() in libs/policy is refused: use a nowMs parameter.
import type { Node, Rule, SourceFile, Violation } from './source-file.ts';
import { banned, dotted, fileRule, isCode, isNode, isTest, walk } from './source-file.ts';

const PURE =
  /^libs\/(?:event|outcome|otel|enrich|privacy|policy|ledger|drift|estimate|report|alert)\//u;
/** Where time, chance and the environment come in and are handed on as parameters. */
const COMPOSITION = /^services\/[^/]+\/(?:main|config)\.ts$/u;

const asParameter = (path: string): boolean =>
  !isTest(path) && (PURE.test(path) || (path.startsWith('services/') && !COMPOSITION.test(path)));

type Ban = {
  readonly what: string;
  readonly instead: string;
  readonly where: (path: string) => boolean;
  readonly found: (node: Node) => boolean;
};

const call = (name: string) => (node: Node) =>
  node.type === 'CallExpression' && dotted(node['callee']) === name;

const BANS: readonly Ban[] = [
  {
    what: 'Date.now()',
    instead: 'a nowMs parameter',
    where: asParameter,
    found: call('Date.now'),
  },
  {
    what: 'new Date() without a time',
    instead: 'a nowMs parameter',
    where: asParameter,
    found: (node) =>
      node.type === 'NewExpression' &&
      dotted(node['callee']) === 'Date' &&
      (node['arguments'] as unknown[]).length === 0,
  },
  {
    what: 'Math.random()',
    instead: 'a random parameter',
    where: (path) => isCode(path) && (asParameter(path) || path.startsWith('examples/')),
    found: call('Math.random'),
  },
  {
    what: 'process.env',
    instead: 'the env parameter that main.ts hands on',
    where: asParameter,
    found: (node) => dotted(node) === 'process.env',
  },
  {
    what: 'setTimeout() in a pure lib',
    instead: 'a clock parameter, or leave waiting to the caller',
    where: (path) => PURE.test(path) && !isTest(path),
    found: call('setTimeout'),
  },
  {
    what: 'console',
    instead: 'a Logger parameter (@agentspine/observe/log)',
    where: (path) =>
      !/^(?:services\/cli|scripts|bin|examples|test\/bench|test\/evaluate)\/|\.bench\.ts$/u.test(
        path,
      ),
    found: (node) =>
      node.type === 'CallExpression' && dotted(node['callee'])?.startsWith('console.') === true,
  },
  {
    what: 'an enum',
    instead: '`const X = [...] as const` and a union type',
    where: isCode,
    found: (node) => node.type === 'TSEnumDeclaration',
  },
  {
    what: 'a namespace',
    instead: 'a module of its own',
    where: isCode,
    found: (node) => node.type === 'TSModuleDeclaration' && node['kind'] === 'namespace',
  },
  {
    what: 'a decorator',
    instead: 'a function that takes what it wraps',
    where: isCode,
    found: (node) => node.type === 'Decorator',
  },
  {
    what: 'a parameter property',
    instead: 'a field and an assignment',
    where: isCode,
    found: (node) => node.type === 'TSParameterProperty',
  },
];

export const bannedCalls: Rule = fileRule('banned calls and syntax', isCode, (file) => {
  const bans = BANS.filter((ban) => ban.where(file.path));
  const found: Violation[] = [];
  walk(file.code?.program, (node) => {
    for (const ban of bans) {
      if (ban.found(node)) {
        found.push(banned(file, file.lineOf(node.start), ban.what, ban.instead));
      }
    }
  });
  return found;
});

/** The one way for a test to let time pass; it asks for the reason. */
const ELAPSE = 'test/journeys/elapse.ts';

/**
 * `new Promise((resolve) => setTimeout(resolve, 100))`: waiting for time where a condition is
 * meant. Benchmarks spread load over time and are left out.
 */
export const sleepingTests: Rule = fileRule(
  'tests wait for conditions',
  (path) =>
    path !== ELAPSE &&
    (path.endsWith('.test.ts') || (path.startsWith('test/') && !path.startsWith('test/bench/'))),
  (file) => {
    const found: Violation[] = [];
    const refuse = (node: Node): void => {
      const instead = `vi.waitFor or expect.poll with the condition (${ELAPSE} where time is the input)`;
      found.push(banned(file, file.lineOf(node.start), 'sleeping in a test', instead));
    };
    walk(file.code?.program, (node) => {
      if (node.type === 'ImportDeclaration' && isNode(node['source'])) {
        if (node['source']['value'] === 'node:timers/promises') refuse(node);
      }
      if (node.type === 'NewExpression' && dotted(node['callee']) === 'Promise') {
        if (isSleep((node['arguments'] as unknown[])[0])) refuse(node);
      }
    });
    return found;
  },
);

/** A promise whose only act is to resolve after a while. */
function isSleep(executor: unknown): boolean {
  if (!isNode(executor)) return false;
  const resolve = dotted((executor['params'] as unknown[] | undefined)?.[0]);
  let sleeps = false;
  walk(executor['body'], (node) => {
    if (node.type !== 'CallExpression' || dotted(node['callee']) !== 'setTimeout') return;
    const callback = (node['arguments'] as unknown[])[0];
    if (dotted(callback) === resolve) sleeps = true;
    if (isNode(callback) && callback.type === 'ArrowFunctionExpression') {
      const body = callback['body'];
      if (isNode(body) && dotted(body['callee']) === resolve) sleeps = true;
    }
  });
  return sleeps && resolve !== undefined;
}

const RUNNERS = ['test', 'it', 'describe', 'suite', 'bench'];

export const focusedTests: Rule = fileRule(
  'no test is focused, none skipped without a reason',
  (path) => isCode(path) && isTest(path),
  (file) => {
    const found: Violation[] = [];
    walk(file.code?.program, (node) => {
      if (node.type !== 'CallExpression') return;
      const name = dotted(node['callee']) ?? '';
      const [runner = '', ...rest] = name.split('.');
      const refuse = (what: string, instead: string): void =>
        void found.push(banned(file, file.lineOf(node.start), what, instead));
      if (RUNNERS.includes(runner)) {
        if (rest.includes('only')) refuse(`${name}()`, `${runner}() and a filter on the command`);
        if (rest.includes('skip') || rest.includes('todo')) {
          refuse(`${name}()`, `${runner}.skipIf(condition) with the reason in a comment above`);
        }
        const conditional = rest.includes('skipIf') || rest.includes('runIf');
        if (conditional && !hasCommentNear(file, node)) {
          refuse(`${name}() without a reason`, 'a comment above that says why');
        }
      } else if (rest.at(-1) === 'skip' && (node['arguments'] as unknown[]).length === 0) {
        refuse(`${name}() without a reason`, `${name}('why')`);
      }
    });
    return found;
  },
);

function hasCommentNear(file: SourceFile, node: Node): boolean {
  const line = file.lineOf(node.start);
  return (file.code?.comments ?? []).some((comment) => {
    const at = file.lineOf(comment.end);
    return at === line || at === line - 1;
  });
}
