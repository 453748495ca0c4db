// The registry's in-memory twin: same answers, ids counted from 1. For unit and simulation tests
// and the demo without a JVM.
// Example: const registry = createMemoryRegistry(); await registry.register('agent.events-value',
// schema) // 1
import type { Registry } from './registry.ts';
import type { SchemaJson } from './schemas.ts';

export function createMemoryRegistry(): Registry {
  const byId: string[] = [];
  const subjects = new Map<string, number[]>();
  return {
    schemaById: async (id) => {
      const text = byId[id - 1];
      return text === undefined ? null : (JSON.parse(text) as SchemaJson);
    },
    idOf: async (subject, schema) => {
      const text = JSON.stringify(schema);
      return (subjects.get(subject) ?? []).find((id) => byId[id - 1] === text) ?? null;
    },
    register: async (subject, schema) => {
      const text = JSON.stringify(schema);
      const known = byId.indexOf(text);
      const id = known === -1 ? byId.push(text) : known + 1;
      const versions = subjects.get(subject) ?? [];
      if (!versions.includes(id)) versions.push(id);
      subjects.set(subject, versions);
      return id;
    },
    ping: async () => undefined,
  };
}
