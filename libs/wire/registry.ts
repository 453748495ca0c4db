// The schema registry as the services see it, over @kafkajs/confluent-schema-registry.
// Guarantees: a schema once fetched is kept (ids are immutable); "not there" is an answer (null),
// "not reachable" is a retryable error; nothing is ever registered by looking up.
// memory-registry.ts is its twin for tests.
// Example: const registry = connectRegistry({ url }); await registry.idOf('agent.events-value',
// schema)
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { SpineError } from '@agentspine/outcome/errors';
import type { SchemaJson } from './schemas.ts';

export interface Registry {
  /** The schema written under an id, or null when the registry has no such id. */
  schemaById(id: number): Promise<SchemaJson | null>;
  /** Id of exactly this schema under the subject, or null when it is not registered there. */
  idOf(subject: string, schema: SchemaJson): Promise<number | null>;
  /** Registers under FULL_TRANSITIVE; the same schema again gives the same id. */
  register(subject: string, schema: SchemaJson): Promise<number>;
  ping(): Promise<void>;
}

export type RegistryOptions = {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly fetch?: typeof fetch;
};

type HttpFailure = { status?: number; message?: string; name?: string };

export function connectRegistry(options: RegistryOptions): Registry {
  const { url } = options;
  const auth =
    options.username === undefined
      ? undefined
      : { username: options.username, password: options.password ?? '' };
  const client = new SchemaRegistry(
    {
      host: url,
      clientId: 'agentspine',
      retry: { retries: 2, maxRetryTimeInSecs: 2 },
      ...(auth && { auth }),
    },
    {},
  );
  const doFetch = options.fetch ?? fetch;

  const answerOrNull = async <T>(call: () => Promise<T>): Promise<T | null> => {
    try {
      return await call();
    } catch (error) {
      // A look-up by schema wraps its 404, and nothing else, in an error of this name.
      const { status, name } = error as HttpFailure;
      if (status === 404 || name === 'ConfluentSchemaRegistryError') return null;
      throw registryError(error, url);
    }
  };

  return {
    schemaById: (id) =>
      answerOrNull(async () => {
        const type = (await client.getSchema(id)) as unknown as { schema(o: object): SchemaJson };
        return type.schema({ exportAttrs: true });
      }),
    idOf: (subject, schema) =>
      answerOrNull(() =>
        client.getRegistryIdBySchema(subject, {
          type: SchemaType.AVRO,
          schema: JSON.stringify(schema),
        }),
      ),
    async register(subject, schema) {
      try {
        const { id } = await client.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        );
        return id;
      } catch (error) {
        throw registryError(error, url);
      }
    },
    async ping() {
      const response = await doFetch(`${url}/subjects`, {
        signal: AbortSignal.timeout(5_000),
      }).catch((error: unknown) => {
        throw registryError(error, url);
      });
      if (!response.ok) throw registryError({ status: response.status }, url);
    },
  };
}

/** Request timeout and too many requests: the same request may be taken later. */
const PASSING: ReadonlySet<number> = new Set([408, 429]);
const NO_CONNECTION =
  /\b(?:ECONN\w+|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE)\b|socket hang up|timeout/i;

/** A 4xx will be refused again; anything else may pass. */
function registryError(error: unknown, url: string): SpineError {
  const { status, message } = error as HttpFailure;
  const isAnswer = status !== undefined && status >= 400 && status < 500 && !PASSING.has(status);
  // The client gives a connection that failed the status 400 as well, and only its words tell.
  if (isAnswer && !(status === 400 && NO_CONNECTION.test(message ?? ''))) {
    return new SpineError('SPINE_REGISTRY_REFUSED', {
      where: url,
      wanted: 'the registry to take the request',
      found: `HTTP ${status}: ${(message ?? '').slice(0, 300)}`,
      cause: error,
    });
  }
  return new SpineError('SPINE_REGISTRY_UNREACHABLE', {
    where: url,
    wanted: 'an answer',
    found: (message ?? String(error)).slice(0, 300),
    cause: error,
  });
}
