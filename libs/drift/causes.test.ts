// Causes on counts made by hand.
import { expect, test } from 'vitest';
import { type JointCell, rankCauses } from './causes.ts';

const cell = (
  period: JointCell['period'],
  dimension: string,
  value: string,
  counts: Readonly<Record<string, number>>,
): JointCell[] =>
  Object.entries(counts).map(([name, n]) => ({ period, dimension, value, cell: name, n }));

test('a release that takes over part of the runs explains all of the shift', () => {
  const causes = rankCauses([
    ...cell('reference', '', '', { a: 600, b: 400 }),
    ...cell('current', '', '', { a: 90, b: 210 }),
    ...cell('reference', 'agent_version', '1', { a: 600, b: 400 }),
    ...cell('current', 'agent_version', '1', { a: 60, b: 40 }),
    ...cell('current', 'agent_version', '2', { a: 30, b: 170 }),
    ...cell('reference', 'tenant', 'x', { a: 300, b: 200 }),
    ...cell('reference', 'tenant', 'y', { a: 300, b: 200 }),
    ...cell('current', 'tenant', 'x', { a: 45, b: 105 }),
    ...cell('current', 'tenant', 'y', { a: 45, b: 105 }),
  ]);
  expect(causes[0]).toEqual({ dimension: 'agent_version', value: '2', share: 1 });
  expect(causes.some(({ dimension }) => dimension === 'tenant')).toBe(false);
});

test('a tool that only some runs use explains what they do', () => {
  const causes = rankCauses([
    ...cell('reference', '', '', { fast: 900, slow: 100 }),
    ...cell('current', '', '', { fast: 200, slow: 100 }),
    ...cell('reference', 'tool', 'match', { fast: 360, slow: 40 }),
    ...cell('current', 'tool', 'match', { fast: 40, slow: 80 }),
    ...cell('reference', 'model', 'm', { fast: 900, slow: 100 }),
    ...cell('current', 'model', 'm', { fast: 200, slow: 100 }),
  ]);
  expect(causes).toEqual([{ dimension: 'tool', value: 'match', share: 1 }]);
});

test('a value that was always everywhere explains nothing, one that replaced another all', () => {
  const [first, ...rest] = rankCauses([
    ...cell('reference', '', '', { a: 600, b: 400 }),
    ...cell('current', '', '', { a: 30, b: 270 }),
    ...cell('reference', 'model', 'm', { a: 600, b: 400 }),
    ...cell('current', 'model', 'm', { a: 30, b: 270 }),
    ...cell('reference', 'prompt_version', 'p1', { a: 600, b: 400 }),
    ...cell('current', 'prompt_version', 'p2', { a: 30, b: 270 }),
  ]);
  expect(first).toEqual({ dimension: 'prompt_version', value: 'p2', share: 1 });
  expect(rest).toEqual([]);
});

test('no shift and no runs have no cause', () => {
  expect(rankCauses([])).toEqual([]);
  expect(
    rankCauses([
      ...cell('reference', '', '', { a: 5 }),
      ...cell('reference', 'tenant', 'x', { a: 5 }),
    ]),
  ).toEqual([]);
});
