// npm run format: formats the repository, or the paths given: wraps long comments, mends what the
// linter can mend, formats.
// Guarantees: the same settings as the check (.oxfmtrc.json); only files that git knows or would
// add are touched.
// Example: npm run format -- libs/policy
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runStage } from './run-stage.ts';
import { wrapComments } from './wrap-comments.ts';

const COLUMNS = 100;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const given = process.argv.slice(2);
const paths = given.length > 0 ? given : ['.'];
const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
for (const path of execFileSync('git', listed, { encoding: 'utf8' }).split('\0')) {
  if (!/\.(?:ts|mjs)$/u.test(path) || !existsSync(path)) continue;
  const before = readFileSync(path, 'utf8');
  const after = wrapComments(before, COLUMNS);
  if (after !== before) writeFileSync(path, after);
}
await runStage({
  command: ['oxlint', '--type-aware', '--fix', '--quiet', ...paths],
  show: 'on failure', // what it cannot mend is told by the check
});
const stage = await runStage({ command: ['oxfmt', ...paths], show: 'always' });
process.exitCode = stage.ok ? 0 : 1;
