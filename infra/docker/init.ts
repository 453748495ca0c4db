// Runs once before the services of docker-compose.yml: makes the keyring where there is none, then
// the topics, the schemas and the tables by the very commands people use. Guarantees: safe to
// repeat; ends with the code of the first command that failed, whose words are on standard error.
// Example: node infra/docker/init.ts

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyring } from '@agentspine/keys/keyring-file';

const SPINE = join(import.meta.dirname, '..', '..', 'services', 'cli', 'main.ts');
const COMMANDS = [['topics', 'create'], ['schemas', 'register'], ['migrate']];

const keyFile = process.env['SPINE_PRIVACY_KEY_FILE'] ?? '';
if (keyFile !== '' && !existsSync(keyFile)) createKeyring(keyFile, new Date());
for (const command of COMMANDS) {
  process.stdout.write(`spine ${command.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [SPINE, ...command], { stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
