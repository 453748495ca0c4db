// Each rule of evolution in schemas/README.md, kept and broken.
import { describe, expect, it } from 'vitest';
import { incompatibilities } from './compatibility.ts';
import { loadSchemas, type SchemaJson } from './schemas.ts';

const { agentEvent } = loadSchemas();
type Field = { name: string; type: unknown; default?: unknown; doc?: string };
const released = [{ version: '0.1.0', schema: agentEvent }];

function changed(change: (fields: Field[]) => Field[]): SchemaJson {
  const copy = structuredClone(agentEvent) as unknown as { fields: Field[] };
  copy.fields = change(copy.fields);
  return copy;
}

describe('full transitive compatibility', () => {
  it('holds for the same schema', () => {
    expect(incompatibilities(agentEvent, released)).toEqual([]);
  });

  it('allows a new field with a default', () => {
    const next = changed((fields) => [...fields, { name: 'added', type: 'string', default: '' }]);
    expect(incompatibilities(next, released)).toEqual([]);
  });

  it('refuses a new field without a default', () => {
    const next = changed((fields) => [...fields, { name: 'added', type: 'string' }]);
    expect(incompatibilities(next, released)).toEqual([
      expect.stringContaining("today's schema cannot read records of 0.1.0"),
    ]);
  });

  it('refuses the removal of a field without a default', () => {
    const next = changed((fields) => fields.filter((field) => field.name !== 'run_id'));
    expect(incompatibilities(next, released)).toEqual([
      expect.stringContaining("0.1.0 cannot read records of today's schema"),
    ]);
  });

  it('refuses another type', () => {
    const next = changed((fields) =>
      fields.map((field) =>
        field.name === 'attempt' ? { ...field, type: 'string', default: '' } : field,
      ),
    );
    expect(incompatibilities(next, released)).toHaveLength(2);
  });

  it('refuses an enum without a default symbol', () => {
    const next = changed((fields) => [
      ...fields,
      { name: 'mood', type: { type: 'enum', name: 'Mood', symbols: ['good'] }, default: 'good' },
    ]);
    expect(incompatibilities(next, released)).toEqual([
      'AgentEvent.mood: enum Mood has no default',
    ]);
  });
});
