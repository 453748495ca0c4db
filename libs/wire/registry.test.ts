// What counts as "away" and what as "no": by a server that answers what it is told, and by a port
// nobody listens on.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRegistry } from './registry.ts';
import { loadSchemas } from './schemas.ts';

const { violation } = loadSchemas();
let answer = { status: 200, body: '{}' };
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('the registry', () => {
  it('that nobody answers for is unreachable, which may pass', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const registry = connectRegistry({ url: `http://127.0.0.1:${port}` });
    for (const ask of [
      () => registry.ping(),
      () => registry.schemaById(1),
      () => registry.idOf('s', violation),
      () => registry.register('s', violation),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'SPINE_REGISTRY_UNREACHABLE',
        retryable: true,
      });
    }
  });

  it.each([
    [500, 'SPINE_REGISTRY_UNREACHABLE'],
    [503, 'SPINE_REGISTRY_UNREACHABLE'],
    [429, 'SPINE_REGISTRY_UNREACHABLE'],
    [401, 'SPINE_REGISTRY_REFUSED'],
    [422, 'SPINE_REGISTRY_REFUSED'],
  ])('answering %i is %s', async (status, code) => {
    answer = { status, body: '{"message":"said so"}' };
    await expect(connectRegistry({ url }).schemaById(1)).rejects.toMatchObject({ code });
  });

  it('says null for what it does not have', async () => {
    answer = { status: 404, body: '{"error_code":40403,"message":"Schema not found"}' };
    const registry = connectRegistry({ url });
    expect(await registry.schemaById(7)).toBeNull();
    expect(await registry.idOf('s', violation)).toBeNull();
  });
});
