// How many events one core judges per second: ten rules written out by hand as closures, the same
// ten compiled, the same ten a tenfold with other constants, and the whole pack. Time is the
// process' own CPU time, so that neighbours on the machine disturb less; ratios count, absolute
// figures depend on the machine.
// Run: npm run bench -- policy, or node libs/policy/judge.bench.ts
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Judged } from '@agentspine/event/facts';
import { seeded, variedEvent } from './bench-events.ts';
import { HAND, type Hand, TEN } from './bench-hand-rules.ts';
import { fieldTable } from './field-table.ts';
import { compilePolicy } from './judge.ts';
import { parseRules } from './parse-rules.ts';
import type { Rule } from './rule.ts';
import { readRuleDocument } from './rule-document.ts';

type Row = { readonly name: string; readonly perSecond: number; readonly matches: number };

const EVENTS = 1000;
const ROUND_MS = 700;
const ROUNDS = 5;

export async function bench(): Promise<void> {
  const rules = readPack();
  const ten = TEN.map((id) => rules.find((rule) => rule.definition.id === id) as Rule);
  const events = Array.from({ length: EVENTS }, (_, i) => variedEvent(seeded(i + 1)));
  const hundred = Array.from({ length: 10 }, (_, copy) =>
    ten.map((rule) => renamed(rule, copy)),
  ).flat();
  const hand = Array.from({ length: 10 }, () => HAND).flat();
  const [tenSet, hundredSet, packSet] = [
    compilePolicy(ten),
    compilePolicy(hundred),
    compilePolicy(rules),
  ];
  const closures = compilePolicy(ten, 'closures');
  const rows = await paired(
    [
      ['hand-written closures, 10', (j) => byHand(HAND, j)],
      ['compiled, 10', (j) => judged(tenSet, j)],
      ['closures backend, 10', (j) => judged(closures, j)],
      ['hand-written closures, 100', (j) => byHand(hand, j)],
      ['compiled, 100', (j) => judged(hundredSet, j)],
      [`compiled, whole pack (${rules.length})`, (j) => judged(packSet, j)],
    ],
    events,
  );
  print(rows);
  const [byHandFound, found] = rows.map((row) => row.matches);
  if (byHandFound !== found) throw new Error(`by hand ${byHandFound}, compiled ${found} verdicts`);
}

/** Rounds in turn, so that a slow minute of the machine hits all alike; the median of each. */
async function paired(
  sides: readonly (readonly [string, (judged: Judged) => number])[],
  events: readonly Judged[],
): Promise<Row[]> {
  const rates = sides.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, [, run]] of sides.entries()) {
      const rate = rateOf(run, events);
      // The first round warms up.
      if (round > 0) rates[i]?.push(rate);
      await new Promise(setImmediate);
    }
  }
  return sides.map(([name, run], i) => ({
    name,
    perSecond: (rates[i] ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0,
    matches: events.reduce((sum, judgedEvent) => sum + run(judgedEvent), 0),
  }));
}

function rateOf(run: (judged: Judged) => number, events: readonly Judged[]): number {
  const start = process.cpuUsage().user;
  let count = 0;
  let matches = 0;
  let elapsed = 0;
  do {
    for (const event of events) matches += run(event);
    count += events.length;
    elapsed = (process.cpuUsage().user - start) / 1000;
  } while (elapsed < ROUND_MS);
  if (matches < 0) throw new Error('unreachable; keeps the loop from being optimised away');
  return (count / elapsed) * 1000;
}

function judged(set: ReturnType<typeof compilePolicy>, event: Judged): number {
  const outcome = set.judge(event);
  if (outcome.is !== 'ok') throw new Error(outcome.cause);
  return outcome.value.length;
}

function byHand(rules: readonly Hand[], event: Judged): number {
  let matches = 0;
  for (let i = 0; i < rules.length; i++) if (rules[i]?.(event) === true) matches++;
  return matches;
}

function print(rows: readonly Row[]): void {
  const base = new Map(rows.map((row) => [row.name, row.perSecond]));
  for (const { name, perSecond, matches } of rows) {
    const hand = base.get(`hand-written closures, ${name.includes('100') ? 100 : 10}`) ?? perSecond;
    const ratio = name.includes('pack') ? '' : `, ${(perSecond / hand).toFixed(2)} of hand-written`;
    const rate = Math.round(perSecond).toLocaleString('en');
    console.log(
      `${name}: ${rate} events/s, ${(1e6 / perSecond).toFixed(3)} µs${ratio}, ${matches} verdicts in ${EVENTS} events`,
    );
  }
}

function readPack(): Rule[] {
  const root = new URL('../../', import.meta.url);
  const folder = new URL('infra/policies/', root);
  const avsc: unknown = JSON.parse(readFileSync(new URL('schemas/agent-event.avsc', root), 'utf8'));
  const documents = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => readRuleDocument(file, readFileSync(new URL(file, folder), 'utf8')));
  return parseRules(documents, fieldTable(avsc));
}

/** The same work under another id, over a set of its own. */
function renamed(rule: Rule, copy: number): Rule {
  const definition = { ...rule.definition, id: `${rule.definition.id}-${copy}` };
  return { ...rule, definition, condition: structuredCopy(rule.condition) };
}

/** Own constants for every copy; the tests inside are functions and stay. */
function structuredCopy<T>(value: T): T {
  if (value instanceof Set) return new Set(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => structuredCopy(item)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, structuredCopy(v)])) as T;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bench();
