// A real Prometheus Alertmanager for tests, where the machine has one (Debian: package
// prometheus-alertmanager), with one receiver: the webhook given.
// Guarantees: on loopback, on a free port, its data in a folder of its own; stop() ends it and
// removes the folder.
// Example: const am = await startAlertmanager(hook.url); … await am.stop();
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '@agentspine/local-stack/ports';
import { vi } from 'vitest';
import { debianTool } from '../debian-tool.ts';

/** The command, or undefined where there is none. */
export function findAlertmanager(): string | undefined {
  return debianTool('prometheus-alertmanager') ?? debianTool('alertmanager') ?? undefined;
}

export async function startAlertmanager(command: string, webhookUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'spine-alertmanager-'));
  const config = [
    'route:',
    '  receiver: hook',
    "  group_by: ['...']",
    '  group_wait: 1s',
    '  group_interval: 1s',
    '  repeat_interval: 4h',
    'receivers:',
    '  - name: hook',
    '    webhook_configs:',
    `      - url: ${webhookUrl}`,
    '        send_resolved: true',
    '',
  ].join('\n');
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, config);
  const port = await choosePort({ part: 'alertmanager', avoid: new Set() });
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    command,
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await vi.waitFor(
      async () => {
        const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
        if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      },
      { timeout: 20_000, interval: 100 },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    stop,
    /** Alerts it holds as active. */
    active: async (): Promise<readonly { labels: Record<string, string> }[]> => {
      const answer = await fetch(`${url}/api/v2/alerts?active=true`);
      return (await answer.json()) as { labels: Record<string, string> }[];
    },
  };
}
