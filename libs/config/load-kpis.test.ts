// KPI definitions: what ships is read whole; each mistake is refused with the line, and a mistyped
// field with the one that was meant.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadKpis } from './load-kpis.ts';

const folder = fileURLToPath(new URL('../../infra/kpis', import.meta.url));
const agents = readFileSync(new URL('../../infra/agents/agents.yaml', import.meta.url), 'utf8');
const disk = {
  read: (path: string) => readFileSync(path, 'utf8'),
  list: (path: string) =>
    statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : null,
};

const loaded = (text: string, more: Readonly<Record<string, string>> = {}) => {
  const texts: Readonly<Record<string, string>> = { 'k.yaml': text, ...more };
  return loadKpis(Object.keys(texts), { read: (path) => texts[path] ?? '', list: () => null });
};

const GOOD = `kpis:
  - id: leakage
    unit: eur
    direction: down
`;

test('every KPI that the agent registry names has a definition', () => {
  const named = [...agents.matchAll(/^ {4}kpi: (\w+)$/gm)].map(([, id]) => id);
  expect(named.length).toBeGreaterThan(0);
  const ids = loadKpis([folder], disk).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([...named, 'refund_margin']));
});

test('what is left out has its default', () => {
  expect(loaded(GOOD)).toEqual([
    {
      id: 'leakage',
      title: 'leakage',
      kind: 'outcome',
      name: 'leakage',
      environments: [],
      measure: 'value',
      combine: 'last',
      unit: 'eur',
      direction: 'down',
      days: 30,
      agents: [],
      slices: [],
    },
  ]);
});

describe('is refused', () => {
  test.each([
    [`${GOOD}    attribution_day: 3\n`, 'k.yaml:5', '(did you mean attribution_days?)'],
    [`${GOOD}    event: { nam: x }\n`, 'k.yaml:5', '(did you mean name?)'],
    [`${GOOD}    slices: [agent_versoin]\n`, 'k.yaml:5', '(did you mean agent_version?)'],
    [`${GOOD}    attribution_days: 0\n`, 'k.yaml:5', 'whole days, 1 to 365, found 0'],
    [`${GOOD}    attribution_days: 7d\n`, 'k.yaml:5', 'whole days, 1 to 365, found "7d"'],
    [`${GOOD}    agents: support\n`, 'k.yaml:5', 'a list of texts'],
    [`${GOOD}    value: success\n    combine: sum\n`, 'k.yaml:6', 'not summed'],
    ['kpis:\n  - id: a\n    direction: up\n', 'k.yaml:2', 'the unit of the value'],
    ['kpis:\n  - id: a\n    unit: usd\n', 'k.yaml:2', 'one of up, down, found nothing'],
    ['kpis:\n  - id: A b\n    unit: usd\n', 'k.yaml:2', 'lower-case letters'],
    ['kpi: []\n', 'k.yaml:1', '(did you mean kpis?)'],
    ['', 'k.yaml', 'a map with kpis, found null'],
  ])('%j', (text, where, wanted) => {
    const act = () => loaded(text);
    expect(act).toThrow(expect.objectContaining({ code: 'SPINE_KPI_FILE' }));
    expect(act).toThrow(where);
    expect(act).toThrow(wanted);
  });

  test('an id that another file has', () => {
    expect(() => loaded(GOOD, { 'l.yaml': GOOD })).toThrow(
      'SPINE_KPI_FILE l.yaml:2: wanted an id that no other file has (k.yaml has it)',
    );
  });

  test('a file that is not there', () => {
    expect(() => loadKpis([join(folder, 'none.yaml')], disk)).toThrow(
      expect.objectContaining({ code: 'SPINE_KPI_FILE' }),
    );
  });
});
