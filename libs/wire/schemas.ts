// The contract's files, read once: schemas/*.avsc, and under which subject each is registered
// (TopicNameStrategy).
// Example: const { agentEvent } = loadSchemas(); subjectOf('agent', 'events') //
// 'agent.events-value'
import { readFileSync } from 'node:fs';
import { SpineError } from '@agentspine/outcome/errors';

export type SchemaJson = Readonly<Record<string, unknown>> & { readonly name?: string };

export type Schemas = {
  readonly agentEvent: SchemaJson;
  readonly governedEvent: SchemaJson;
  readonly deadLetter: SchemaJson;
  readonly violation: SchemaJson;
};

/** Topic suffix → key in Schemas. */
export const SUBJECTS = {
  events: 'agentEvent',
  governed: 'governedEvent',
  deadletters: 'deadLetter',
  violations: 'violation',
} as const satisfies Record<string, keyof Schemas>;

export type TopicSuffix = keyof typeof SUBJECTS;

export const SCHEMA_FILES: Readonly<Record<keyof Schemas, string>> = {
  agentEvent: 'agent-event.avsc',
  governedEvent: 'governed-event.avsc',
  deadLetter: 'dead-letter.avsc',
  violation: 'violation.avsc',
};

export const SCHEMAS_FOLDER = new URL('../../schemas/', import.meta.url);

export function subjectOf(prefix: string, suffix: TopicSuffix): string {
  return `${prefix}.${suffix}-value`;
}

export function readSchema(file: URL): SchemaJson {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text) as SchemaJson;
  } catch (error) {
    throw new SpineError('SPINE_SCHEMA_FILE', {
      where: file.pathname,
      wanted: 'an Avro schema as JSON',
      found: (error as Error).message,
      cause: error,
    });
  }
}

export function loadSchemas(folder: URL = SCHEMAS_FOLDER): Schemas {
  const read = (key: keyof Schemas): SchemaJson => readSchema(new URL(SCHEMA_FILES[key], folder));
  return {
    agentEvent: read('agentEvent'),
    governedEvent: read('governedEvent'),
    deadLetter: read('deadLetter'),
    violation: read('violation'),
  };
}
