#!/usr/bin/env node
// The command `spine` (npx spine …): starts services/cli/main.ts under Node 24.
// Guarantees: the same as scripts/run.mjs: arguments, signals and the exit code pass through.
// Example: npx spine status --json
if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(
    `AgentSpine needs Node 20 or newer to start, this is ${process.versions.node}. See nodejs.org.\n`,
  );
  process.exitCode = 1;
} else {
  void import('../scripts/bootstrap.mjs').then(({ bootstrap }) =>
    bootstrap(['services/cli/main.ts', ...process.argv.slice(2)]),
  );
}
