// Generated code, closures and @bufbuild/cel (another parser, another evaluator) answer alike on
// generated conditions and events, absent fields included: true where CEL says true, no match where
// CEL says false or raises an error.
import { readFileSync } from 'node:fs';
import { type CelFunc, CelScalar, celEnv, celFunc, isCelError, parse, plan } from '@bufbuild/cel';
import type { Judged } from '@agentspine/event/facts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { condition } from './arbitrary-conditions.ts';
import { judgedEvents } from './arbitrary-events.ts';
import { compileConditions } from './compile.ts';
import { fieldTable } from './field-table.ts';
import { readCondition } from './read-condition.ts';
import { Runtime } from './runtime.ts';
import { domainOf } from './text-tests.ts';

const fields = fieldTable(
  JSON.parse(readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8')),
);
const lists = new Map([['shells', ['bash', 'sh', 'zsh']]]);
const macros = new Map([
  ['in_production', 'environment == "prod"'],
  ['risky', '!in_production || decision.irreversible'],
]);
const names = { fields, lists, macros };

/**
 * The event as CEL sees it: facts over fields, nothing absent written down, records always there.
 */
function celEvent({ event, facts, pii }: Judged): unknown {
  const records = {
    tool: {},
    agent: {},
    model: {},
    decision: {},
    retrieval: {},
    input: {},
    output: {},
  };
  const { seq, ...others } = facts;
  const flat = {
    ...event,
    environment: event.producer.environment,
    ...others,
    seq: seq === -1 ? null : seq,
    pii,
  };
  const whole = without({
    ...flat,
    business: { ...facts.business, owner: facts.business.owner || null },
  });
  return { ...records, ...(whole as object) };
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner)]));
}

const functions: CelFunc[] = [
  celFunc('json', [CelScalar.STRING], CelScalar.DYN, (text) => {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : {};
  }),
  celFunc('domain', [CelScalar.STRING], CelScalar.STRING, (text) => {
    const host = domainOf(text);
    if (host === undefined) throw new Error('no host');
    return host;
  }),
];
const oracle = celEnv({ funcs: functions });

function oracleSays(cel: string, judged: Judged): boolean {
  const answer = plan(oracle, parse(cel))({ e: celEvent(judged) } as never);
  return !isCelError(answer) && answer === true;
}

/** Conditions generated; each meets 4 to 8 events. */
const RUNS = Number(process.env['SPINE_AGREEMENT_RUNS'] ?? 1500);

test(
  'code, closures and the oracle agree on generated conditions and events',
  { timeout: 60_000 + RUNS * 50 },
  () => {
    let matches = 0;
    let pairs = 0;
    fc.assert(
      fc.property(
        condition,
        fc.array(judgedEvents(fields), { minLength: 4, maxLength: 8 }),
        (twin, events) => {
          const read = {
            kinds: ['tool_call' as const],
            condition: readCondition(twin.ours, names),
          };
          const [code, closures] = (['code', 'closures'] as const).map((backend) =>
            compileConditions([read], new Runtime(), backend).byKind.get('tool_call'),
          );
          for (const judged of events) {
            const { event, facts, pii } = judged;
            const says = oracleSays(twin.cel, judged);
            expect((code?.(event, facts, pii) ?? null) !== null, 'code').toBe(says);
            expect((closures?.(event, facts, pii) ?? null) !== null, 'closures').toBe(says);
            pairs++;
            if (says) matches++;
          }
        },
      ),
      { numRuns: RUNS },
    );
    // A generator whose conditions never match, or always, would prove nothing.
    expect(matches / pairs).toBeGreaterThan(0.1);
    expect(matches / pairs).toBeLessThan(0.9);
  },
);
