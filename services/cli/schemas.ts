// spine schemas check: proves offline that today's contract is compatible with every released one.
// spine schemas register: puts subjects and compatibility level into the registry.
// Example: spine schemas check
import { readdirSync } from 'node:fs';
import { SpineError } from '@agentspine/outcome/errors';
import { incompatibilities } from '@agentspine/wire/compatibility';
import {
  loadSchemas,
  readSchema,
  SCHEMA_FILES,
  SCHEMAS_FOLDER,
  type Schemas,
} from '@agentspine/wire/schemas';
import { open } from './open.ts';
import { registerSchemas } from './prepare.ts';
import { EXIT, flags, type Command, type Shell } from './shell.ts';

export const schemas: Command = async (shell) => {
  const { values, positionals } = flags(shell, {}, 1);
  if (positionals[0] === 'check') return check(shell, values.json);
  if (positionals[0] === 'register') {
    await using spine = open(shell, values);
    const registered = await registerSchemas(spine);
    if (values.json) shell.terminal.json({ registered, compatibility: 'FULL_TRANSITIVE' });
    else
      shell.terminal.table(
        ['subject', 'schema id'],
        registered.map(({ subject, id }) => [subject, id]),
      );
    return EXIT.ok;
  }
  throw new SpineError('SPINE_CLI_USAGE', {
    wanted: 'spine schemas check | register',
    found: positionals[0] ?? 'neither',
  });
};

function check({ terminal }: Shell, isJson: boolean): number {
  const folder = new URL('released/', SCHEMAS_FOLDER);
  const versions = readdirSync(folder).toSorted();
  const today = loadSchemas();
  const results = (Object.keys(SCHEMA_FILES) as (keyof Schemas)[]).map((key) => {
    const file = SCHEMA_FILES[key];
    const released = versions.map((version) => ({
      version,
      schema: readSchema(new URL(`${version}/${file}`, folder)),
    }));
    return { file, faults: incompatibilities(today[key], released) };
  });
  const faults = results.reduce((sum, result) => sum + result.faults.length, 0);
  if (isJson) terminal.json({ versions, results });
  else {
    for (const { file, faults: found } of results) {
      terminal.line(
        `${found.length === 0 ? terminal.style('green', '✓') : terminal.style('red', '✗')} ${file}`,
      );
      for (const fault of found) terminal.line(`    ${fault}`);
    }
    terminal.line(
      faults === 0
        ? `FULL_TRANSITIVE with ${versions.join(', ')}`
        : `${faults} faults; see schemas/README.md`,
    );
  }
  return faults === 0 ? EXIT.ok : EXIT.failed;
}
