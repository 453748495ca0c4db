// The macros give what the plugin's documentation says they give, and nothing unknown gets through.
import { expect, test } from 'vitest';
import { expandMacros } from './expand-macros.ts';

const range = {
  from: new Date(1_415_792_726_123),
  to: new Date(1_447_328_726_456),
  intervalSeconds: 20,
};

// Left and right as in the table "Macros" of the plugin's documentation, version 4.20.
test.each([
  ['$__timeFilter(time)', 'time >= toDateTime(1415792726) AND time <= toDateTime(1447328726)'],
  [
    '$__timeFilter_ms(time)',
    'time >= fromUnixTimestamp64Milli(1415792726123) AND time <= fromUnixTimestamp64Milli(1447328726456)',
  ],
  ['$__fromTime', 'toDateTime(1415792726)'],
  ['$__toTime', 'toDateTime(1447328726)'],
  ['$__fromTime_ms', 'fromUnixTimestamp64Milli(1415792726123)'],
  ['$__interval_s', '20'],
  ['$__timeInterval(column)', 'toStartOfInterval(toDateTime(column), INTERVAL 20 second)'],
  ['$__conditionalAll(a IN (${tenant:singlequote}), $tenant)', '1=1'],
])('%s', (macro, documented) => {
  expect(expandMacros(macro, range)).toBe(documented);
});

test('chosen values are quoted, quotes in them too', () => {
  const sql = 'WHERE $__conditionalAll(tenant_id IN (${tenant:singlequote}), $tenant) AND f(x)';
  const variables = { tenant: ['acme', "o'neill"] };
  expect(expandMacros(sql, { ...range, variables })).toBe(
    String.raw`WHERE tenant_id IN ('acme','o\'neill') AND f(x)`,
  );
});

test('several macros on one line are replaced each', () => {
  expect(expandMacros('$__fromTime - ($__toTime - $__fromTime)', range)).toBe(
    'toDateTime(1415792726) - (toDateTime(1447328726) - toDateTime(1415792726))',
  );
});

test.each(['$__timeFiltre(time)', '$__timeFilter(a, b)', '$__timeFilter(a', '${tenant}', '$agent'])(
  '%s is refused',
  (macro) => {
    expect(() => expandMacros(macro, range)).toThrow(/macro|variable|column|bracket/u);
  },
);
