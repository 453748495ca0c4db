// npm run format: formats the repository, or the paths given.
// Guarantees: the same settings as the check (.oxfmtrc.json).
// Example: npm run format -- libs/policy
import { fileURLToPath } from 'node:url';
import { runStage } from './run-stage.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const paths = process.argv.slice(2);
const stage = await runStage({
  command: ['oxfmt', ...(paths.length > 0 ? paths : ['.'])],
  show: 'always',
});
process.exitCode = stage.ok ? 0 : 1;
