// Requests whose query and parameters come as multipart/form-data, which @clickhouse/client uses
// when parameters are too long for a URL. Guarantees that other bodies pass untouched.
// Example: const { request, body } = await readMultipart(asked, message, bytes);

import type { IncomingMessage } from 'node:http';
import { EngineException } from './exception.ts';
import type { EngineRequest } from './request.ts';

export async function readMultipart(
  asked: EngineRequest,
  message: IncomingMessage,
  body: Buffer,
): Promise<{ request: EngineRequest; body: Buffer }> {
  const type = message.headers['content-type'] ?? '';
  if (!type.toLowerCase().startsWith('multipart/form-data')) return { request: asked, body };
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch((error: unknown) => {
      throw new EngineException(36, 'BAD_ARGUMENTS', `Not a multipart body: ${String(error)}`);
    });
  const parameters = new Map(asked.parameters);
  let query = asked.query;
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      throw new EngineException(48, 'NOT_IMPLEMENTED', 'External tables are not supported here.');
    }
    if (name === 'query') query += value;
    else if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else throw new EngineException(36, 'BAD_ARGUMENTS', `Unknown form field '${name}'.`);
  }
  return { request: { ...asked, query, parameters }, body: Buffer.alloc(0) };
}
