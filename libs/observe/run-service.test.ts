// How a service process ends: with one line and exit 1 on an error of the catalogue, in order and
// with exit 0 on a signal. Run as processes of their own, since exits are what is tested.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

type Service = {
  /** The log, which goes to standard error. */
  readonly text: () => string;
  /** Its lines, parsed. */
  readonly lines: () => Record<string, unknown>[];
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | null>;
};

/** A service whose start() has the body given. */
function service(body: string): Service {
  const program = `
    import { runService } from ${url('./run-service.ts')};
    import { keepTrying } from ${url('./keep-trying.ts')};
    import { SpineError } from ${url('../outcome/errors.ts')};
    await runService({
      service: 'worker', level: 'info', httpPort: 0, httpHost: '127.0.0.1',
      start: async (around) => { ${body} },
    });`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  return {
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
}

/** Never ends by itself, and holds the process as a connection would. */
const WORK = `const timer = setInterval(() => undefined, 1_000);
  around.logger.info({}, 'ready');`;

describe('a service', () => {
  it.each([
    ['at the start', "throw new SpineError('SPINE_DELIVERY_METADATA', facts);"],
    [
      'in flight',
      `${WORK} const error = new SpineError('SPINE_DELIVERY_METADATA', facts);
      return { stop: async () => clearInterval(timer), closed: Promise.reject(error) };`,
    ],
  ])('that fails %s says why in one line, with the way out, and exits 1', async (_, body) => {
    const facts = `const facts = { where: 'agent.events/3', wanted: 'our note', found: 'none' };`;
    const one = service(facts + body);
    expect(await one.ended, one.text()).toBe(1);
    const failures = one.lines().filter((line) => line['level'] === 'error');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      code: 'SPINE_DELIVERY_METADATA',
      where: 'agent.events/3',
      wanted: 'our note',
      found: 'none',
      hint: expect.stringMatching(/\w+/) as string,
    });
    expect(one.text()).not.toMatch(/\bat .+\.ts:\d+/);
  });

  it('that fails by a defect exits 1 and quotes no message, which may hold a record', async () => {
    const one = service("throw new TypeError('mia.li@example.com is not a function');");
    expect(await one.ended).toBe(1);
    expect(one.lines().at(0)?.['message']).toBe('health and metrics');
    expect(one.lines().some((line) => line['code'] === 'SPINE_INTERNAL')).toBe(true);
    expect(one.text()).not.toContain('mia.li');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that gets %s ends its work, then exits 0',
    async (name) => {
      const one = service(`${WORK}
      let end; const closed = new Promise((resolve) => (end = resolve));
      const stop = async () => { around.logger.info({}, 'stopped'); clearInterval(timer); end(); };
      return { stop, closed };`);
      await vi.waitFor(() => expect(one.lines().at(-1)?.['message']).toBe('ready'), 20_000);
      one.kill(name);
      expect(await one.ended, one.text()).toBe(0);
      const said = one.lines().map((line) => line['message']);
      expect(said.slice(said.indexOf('ready'))).toEqual(['ready', 'closing', 'stopped', 'closed']);
    },
  );

  it('that still waits for something is not ready, and a signal ends the wait', async () => {
    const one = service(`await keepTrying({ what: 'Kafka', where: '127.0.0.1:9' }, async () => {
      throw new SpineError('SPINE_KAFKA_UNREACHABLE', { found: 'nobody there' });
    }, around);`);
    await vi.waitFor(() => expect(one.lines()).toHaveLength(2), 20_000);
    const [health, waits] = one.lines();
    expect(waits).toMatchObject({ level: 'warn', message: 'waiting for Kafka at 127.0.0.1:9' });
    const ready = await fetch(`${String(health?.['url'])}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, 'waiting for Kafka\n']);
    one.kill('SIGTERM');
    expect(await one.ended, one.text()).toBe(0);
    expect(one.lines().filter((line) => line['level'] === 'warn')).toHaveLength(1);
  });
});
