// Replaces variables and macros in a panel's SQL the way Grafana and its ClickHouse plugin do, so
// that the very text a panel sends can be run without either. The macros and their output are those
// of the plugin's documentation, "Macros" and "Template variables" (version 4.20):
// grafana.com/docs/plugins/grafana-clickhouse-datasource/latest/query-editor/#macros
// Guarantees: a macro or variable it does not know is refused, never passed on.
// Example: expandMacros('SELECT 1 WHERE $__timeFilter(bucket)', { from, to, intervalSeconds: 300 })

export type Expansion = {
  readonly from: Date;
  readonly to: Date;
  /** The panel's interval: range by width, but at least the panel's own minimum. */
  readonly intervalSeconds: number;
  /** Chosen values; a variable that is not here is "All". */
  readonly variables?: Readonly<Record<string, readonly string[]>>;
};

export function expandMacros(sql: string, expansion: Expansion): string {
  const expanded = replaceMacros(replaceVariables(sql, expansion.variables ?? {}), expansion);
  const left = /\$__\w+|\$\{[^}]*\}|\$[a-z]\w*/u.exec(expanded)?.[0];
  if (left !== undefined) throw new Error(`unknown macro or variable ${left}`);
  return expanded;
}

/** In the browser: $__conditionalAll first, then ${name:singlequote}. */
function replaceVariables(
  sql: string,
  chosen: Readonly<Record<string, readonly string[]>>,
): string {
  const macro = '$__conditionalAll(';
  let text = sql;
  for (let at = text.lastIndexOf(macro); at !== -1; at = text.lastIndexOf(macro)) {
    const { args, end } = argumentsOf(text, at + macro.length);
    const [condition = '', name = ''] = args;
    const isAll = chosen[name.trim().slice(1)] === undefined;
    text = text.slice(0, at) + (isAll ? '1=1' : condition) + text.slice(end);
  }
  return text.replaceAll(/\$\{(\w+):singlequote\}/gu, (whole, name: string) => {
    const values = chosen[name];
    if (values === undefined) return whole;
    return values.map((value) => `'${value.replaceAll("'", String.raw`\'`)}'`).join(',');
  });
}

/** In the plugin's backend. */
function replaceMacros(sql: string, { from, to, intervalSeconds }: Expansion): string {
  const seconds = (at: Date): string => `toDateTime(${Math.floor(at.getTime() / 1000)})`;
  const millis = (at: Date): string => `fromUnixTimestamp64Milli(${at.getTime()})`;
  const plain: Readonly<Record<string, string>> = {
    fromTime: seconds(from),
    toTime: seconds(to),
    fromTime_ms: millis(from),
    toTime_ms: millis(to),
    interval_s: String(intervalSeconds),
  };
  const calls: Readonly<Record<string, (column: string) => string>> = {
    timeFilter: (column) => `${column} >= ${seconds(from)} AND ${column} <= ${seconds(to)}`,
    timeFilter_ms: (column) => `${column} >= ${millis(from)} AND ${column} <= ${millis(to)}`,
    timeInterval: (column) =>
      `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSeconds} second)`,
  };
  let text = '';
  let done = 0;
  for (const match of sql.matchAll(/\$__(\w+)(\()?/gu)) {
    if (match.index < done) continue;
    const [whole, name = '', bracket] = match;
    const call = bracket === undefined ? undefined : calls[name];
    const word = plain[name];
    if (call === undefined && word === undefined) throw new Error(`unknown macro $__${name}`);
    text += sql.slice(done, match.index);
    if (call === undefined) {
      text += word;
      done = match.index + `$__${name}`.length;
    } else {
      const { args, end } = argumentsOf(sql, match.index + whole.length);
      if (args.length !== 1) throw new Error(`$__${name} takes one column`);
      text += call((args[0] ?? '').trim());
      done = end;
    }
  }
  return text + sql.slice(done);
}

/** Arguments up to the bracket that closes; `start` is behind the one that opens. */
function argumentsOf(sql: string, start: number): { args: string[]; end: number } {
  const args = [''];
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    const sign = sql[at] ?? '';
    if (sign === ')' && depth === 0) return { args, end: at + 1 };
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === ',' && depth === 0) args.push('');
    else args[args.length - 1] += sign;
  }
  throw new Error('a bracket of a macro is not closed');
}
