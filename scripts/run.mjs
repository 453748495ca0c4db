// The door of every npm script: checks Node, installs the packages when they are missing, goes on
// under Node 24.
// Guarantees: runs on a bare clone with nothing but Node and npm; arguments, signals and the exit
// code pass through. Plain JavaScript without static imports, so that an old Node can at least say
// that it is too old.
// Example: node scripts/run.mjs spine sql "SELECT 1"
const TASKS = {
  demo: ['services/cli/main.ts', 'demo'],
  spine: ['services/cli/main.ts'],
  test: ['scripts/test.ts'],
  check: ['scripts/test.ts', '--check'],
  bench: ['scripts/bench.ts'],
  evaluate: ['scripts/evaluate.ts'],
  format: ['scripts/format.ts'],
};

const [name = '', ...rest] = process.argv.slice(2);
const task = TASKS[name];

if (Number(process.versions.node.split('.')[0]) < 20) {
  stop(
    `AgentSpine needs Node 20 or newer to start, this is ${process.versions.node}. See nodejs.org.`,
  );
} else if (task === undefined) {
  stop(`Unknown task "${name}". There are: ${Object.keys(TASKS).join(', ')}.`);
} else {
  import('./bootstrap.mjs').then(
    async ({ bootstrap }) => bootstrap([...task, ...rest]),
    (error) => stop(String(error)),
  );
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
