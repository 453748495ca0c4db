// The process of the local ClickHouse engine: reads its few settings, opens the data folder,
// serves, closes cleanly on SIGTERM. Guarantees one line on stdout when it is ready and one when it
// stops; a failed start exits 1 with the reason.
// Example: node infra/local/engine/main.ts --package ~/.cache/agentspine/chdb-3.4.0 --data
// .spine/clickhouse --port 8123

import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { loadChdb } from './chdb.ts';
import { openFront } from './front.ts';

// Behave as a server does, where this build's defaults are those of clickhouse-local.
const LIKE_A_SERVER = [
  '--implicit_select=0',
  '--allow_introspection_functions=0',
  '--storage_file_read_method=pread',
];
const GIB = 2 ** 30;

const { values } = parseArgs({
  options: {
    package: { type: 'string' },
    data: { type: 'string' },
    port: { type: 'string', default: '8123' },
    name: { type: 'string', default: 'agentspine-local' },
    readers: { type: 'string', default: '6' },
    'body-limit-mib': { type: 'string', default: '64' },
    'memory-gib': { type: 'string', default: String(Math.min(8, totalmem() / GIB / 2)) },
  },
});

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

async function main(): Promise<void> {
  if (values.package === undefined || values.data === undefined) {
    throw new Error('wanted --package DIR --data DIR [--port N]');
  }
  mkdirSync(values.data, { recursive: true });
  const memoryBytes = Math.round(Number(values['memory-gib']) * GIB);
  const front = await openFront({
    chdb: loadChdb(values.package),
    dataDir: values.data,
    port: Number(values.port),
    name: values.name,
    connectionArgs: [...LIKE_A_SERVER, `--max_server_memory_usage=${memoryBytes}`],
    readers: Number(values.readers),
    bodyLimitBytes: Number(values['body-limit-mib']) * 2 ** 20,
    waitingLimit: 200,
    log: say,
  });
  say(`ready: ClickHouse ${front.version} on http://127.0.0.1:${front.port}`);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    say(`${signal}: closing`);
    front.close(5_000).then(
      () => {
        say('closed');
        process.exit(0);
      },
      (error: unknown) => {
        say(`closing failed: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
