// Which port a part listens on: the one asked for, or the one it had, or the usual one, or any that
// is free. Guarantees only that the port was free a moment ago: whoever starts a part must tolerate
// to lose the race and ask again.
// Example: const port = await choosePort({ part: 'kafka', usual: 9092 });

import { createServer, type AddressInfo } from 'node:net';
import { SpineError } from '@agentspine/outcome/errors';

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
  for (let tries = 0; tries < 20; tries += 1) {
    const port = await anyFree();
    if (wish.avoid?.has(port) !== true) return port;
  }
  throw new SpineError('SPINE_STACK_PORT', { wanted: 'a free port', found: 'none on 127.0.0.1' });
}

export async function isFree(port: number): Promise<boolean> {
  return bind(port).then(
    () => true,
    () => false,
  );
}

async function anyFree(): Promise<number> {
  return bind(0);
}

/** Listens and lets go; returns the port it had. */
function bind(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => {
        resolve(got);
      });
    });
  });
}
