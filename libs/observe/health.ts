// Health of one service over HTTP: /livez, /readyz and /metrics.
// Guarantees: health is progress, not an open socket: a service that has work and does not get on
// is not live, one that has nothing to do is; listens on loopback unless told otherwise; close()
// ends open connections and frees the port.
// Example: const health = await startHealth({ port: 0, live: progress.status, ready, metrics });
// health.port
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpineError } from '@agentspine/outcome/errors';

export type Health = {
  readonly ok: boolean;
  /** One line for people: "ok", or what is wrong since when. */
  readonly reason: string;
};

export type Progress = {
  /** Work was finished. */
  advanced(): void;
  /** Records waiting now, over all partitions. */
  waiting(records: number): void;
  readonly status: () => Health;
};

/**
 * Tells a service that gets on from one that is stuck: not live when records wait and none was
 * finished for
 * `stalledAfterMs`. `nowMs` is a monotonic clock.
 */
export function trackProgress(options: {
  readonly nowMs: () => number;
  readonly stalledAfterMs: number;
}): Progress {
  const { nowMs, stalledAfterMs } = options;
  let sinceMs = nowMs();
  let waiting = 0;
  return {
    advanced: () => {
      sinceMs = nowMs();
    },
    waiting: (records) => {
      if (waiting === 0 && records > 0) sinceMs = nowMs(); // idle time is no delay
      waiting = records;
    },
    status: () => {
      const quietMs = nowMs() - sinceMs;
      if (waiting === 0 || quietMs < stalledAfterMs) return { ok: true, reason: 'ok' };
      const seconds = Math.round(quietMs / 1000);
      return {
        ok: false,
        reason: `${waiting} records wait and none was finished for ${seconds} s`,
      };
    },
  };
}

export type HealthOptions = {
  /** 0 takes a free port. */
  readonly port: number;
  /** 127.0.0.1 where absent. */
  readonly host?: string;
  /** Not ok: the orchestrator should restart the process. */
  readonly live: () => Health;
  /** Not ok: started but waiting, for example for Kafka. */
  readonly ready: () => Health;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
};

export type HealthServer = {
  readonly port: number;
  readonly url: string;
  /** Safe to repeat. */
  close(): Promise<void>;
};

/** Starts listening. Throws SPINE_STACK_PORT when the port is taken. */
export async function startHealth(options: HealthOptions): Promise<HealthServer> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => void answer(request, response, options));
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 64;
  await listen(server, options.port, host);
  server.unref();
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const found = taken ? 'a port in use' : (cause.code ?? cause.name);
      const where = `${host}:${port}`;
      const hint = 'Stop what uses it, or set http_port to another port (0 takes a free one).';
      reject(
        new SpineError('SPINE_STACK_PORT', { wanted: 'a free port', found, where, cause, hint }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { live, ready, metrics }: HealthOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  const send = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const sendHealth = (health: Health): void => send(health.ok ? 200 : 503, `${health.reason}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'GET only\n');
  try {
    if (path === '/livez') return sendHealth(live());
    if (path === '/readyz') return sendHealth(ready());
    if (path === '/metrics') return send(200, await metrics.text(), metrics.contentType);
    return send(404, '/livez, /readyz or /metrics\n');
  } catch {
    return send(500, 'the check itself failed\n');
  }
}
