// The agent registry: what it answers, and how it refuses a file with a mistake.
// Guarantees: the file that ships in infra/agents is read by the same code as here.
// Example: vitest run --project unit libs/enrich/agents.test.ts
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseAgents, UNREGISTERED } from './agents.ts';

const locate = (path: readonly (string | number)[]): string => `agents.yaml:${path.join('.')}`;
const agents = (...list: object[]) =>
  parseAgents({ agents: list.map((one) => ({ id: 'a', owner: 'o', ...one })) }, locate);

describe('businessOf', () => {
  it('gives what the file says of an agent', () => {
    const registry = agents({ team: 't', criticality: 'high', allowed_tools: ['x'] });
    expect(registry.businessOf('a', 'acme')).toEqual({
      ...UNREGISTERED,
      registered: true,
      owner: 'o',
      team: 't',
      criticality: 'high',
      allowed_tools: ['x'],
    });
  });

  it('gives one shared frozen value for an agent it does not know', () => {
    const registry = agents({});
    expect(registry.businessOf('b', 'acme')).toBe(UNREGISTERED);
    expect(registry.businessOf(null, 'acme')).toBe(UNREGISTERED);
    expect(Object.isFrozen(UNREGISTERED)).toBe(true);
    expect(Object.isFrozen(registry.businessOf('a', 'acme'))).toBe(true);
  });

  it("lets a tenant's own entry go before the one for all, and hides it from other tenants", () => {
    const registry = agents({ tenant: 'acme', owner: 'acme-team' }, { owner: 'all' });
    expect(registry.businessOf('a', 'acme').owner).toBe('acme-team');
    expect(registry.businessOf('a', 'other').owner).toBe('all');
    expect(agents({ tenant: 'acme' }).businessOf('a', 'other')).toBe(UNREGISTERED);
  });
});

describe('parseAgents', () => {
  it('refuses a mistake with its place, what was wanted and what was found', () => {
    const mistakes: [unknown, string][] = [
      [{}, 'SPINE_AGENTS_FILE agents.yaml:agents: wanted a list of agents, found nothing'],
      [{ agents: [{ id: 'a b', owner: 'o' }] }, 'agents.0.id: wanted an agent id'],
      [{ agents: [{ id: 'a' }] }, 'agents.0.owner: wanted text, found nothing'],
      [
        { agents: [{ id: 'a', owner: 'o', criticality: 'huge' }] },
        'wanted one of low, medium, high, critical, found "huge"',
      ],
      [
        { agents: [{ id: 'a', owner: 'o', allowed_tools: [1] }] },
        'agents.0.allowed_tools.0: wanted text, found 1',
      ],
      [{ agents: [{ id: 'a', owner: 'o', ownr: 'x' }] }, 'agents.0.ownr: wanted one of id'],
      [{ agents: [{ id: 'a', owner: 'o', tenant: 'A' }] }, 'agents.0.tenant: wanted a tenant id'],
      [
        {
          agents: [
            { id: 'a', owner: 'o' },
            { id: 'a', owner: 'p' },
          ],
        },
        'agents.1.id: wanted each agent once per tenant',
      ],
    ];
    for (const [value, message] of mistakes) {
      expect(() => parseAgents(value, locate), message).toThrow(message);
    }
  });

  it('reads infra/agents/agents.yaml', () => {
    const file = resolve(import.meta.dirname, '../../infra/agents/agents.yaml');
    const registry = parseAgents(parse(readFileSync(file, 'utf8')), locate);
    expect(registry.size).toBe(5);
    expect(registry.businessOf('claims-adjuster', 'northwind-insurance')).toMatchObject({
      registered: true,
      criticality: 'critical',
      allowed_regions: ['eu-'],
    });
    expect(registry.businessOf('claims-adjuster', 'acme-retail')).toBe(UNREGISTERED);
  });
});
