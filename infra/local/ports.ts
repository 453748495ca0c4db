// Which port a part listens on: the one asked for, or the one it had, or the usual one, or any that
// is free. Guarantees only that the port was free a moment ago: whoever starts a part must tolerate
// to lose the race and ask again.
// Example: const port = await choosePort({ part: 'kafka', usual: 9092 });

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { SpineError } from '@agentspine/outcome/errors';

// Below the ports that systems give to outgoing connections (32768 and up on Linux, 49152
// elsewhere), so that none of those takes the port while a part is still on its way to it.
const LOWEST = 20_000;
const HIGHEST = 32_000;

export type PortWish = {
  /** For the message, where the port asked for is in use. */
  readonly part: string;
  /** Given by the user: this one or none. 0 or left out: any. */
  readonly asked?: number | undefined;
  /** From the last start, so that clients find the part where it was. */
  readonly earlier?: number | undefined;
  readonly usual?: number | undefined;
  /** Ports given to other parts, or lost in a race. */
  readonly avoid?: ReadonlySet<number>;
};

/** Throws SPINE_STACK_PORT where the port asked for is in use. */
export async function choosePort(wish: PortWish): Promise<number> {
  if (wish.asked !== undefined && wish.asked !== 0) {
    if (await isFree(wish.asked)) return wish.asked;
    throw new SpineError('SPINE_STACK_PORT', {
      wanted: `port ${wish.asked} for ${wish.part}`,
      found: 'it is in use',
      where: `127.0.0.1:${wish.asked}`,
    });
  }
  const familiar = wish.asked === 0 ? [wish.earlier] : [wish.earlier, wish.usual];
  for (const port of familiar) {
    if (port !== undefined && wish.avoid?.has(port) !== true && (await isFree(port))) return port;
  }
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (wish.avoid?.has(port) !== true && (await isFree(port))) return port;
  }
  throw new SpineError('SPINE_STACK_PORT', { wanted: 'a free port', found: 'none on 127.0.0.1' });
}

export async function isFree(port: number): Promise<boolean> {
  return bind(port).then(
    () => true,
    () => false,
  );
}

/** Listens and lets go. */
function bind(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}
