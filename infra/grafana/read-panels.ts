// Reads the description of one dashboard, panels/NAME.yaml: what each panel answers, how it is
// shown, and the SQL or PromQL behind it.
// Guarantees: an unknown word, a missing question or a panel without a query is refused with its
// place, so that a typo cannot become a panel that silently lacks a threshold.
// Example: readPanels('latency', yamlText).panels[0].sql
import { parse } from 'yaml';

export const SHOWS = ['stat', 'timeseries', 'table', 'barchart', 'bargauge'] as const;
export const VARIABLES = ['tenant', 'agent', 'environment'] as const;
export const LEVELS = ['green', 'yellow', 'orange', 'red'] as const;

export type Show = (typeof SHOWS)[number];
export type VariableName = (typeof VARIABLES)[number];
export type Thresholds = Readonly<Partial<Record<(typeof LEVELS)[number], number>>>;

export type Column = {
  readonly title?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  readonly thresholds?: Thresholds;
  /** Dashboard that a cell leads to, with the cell's value as its agent. */
  readonly link?: string;
};

export type Series = { readonly expr: string; readonly legend: string };

export type Panel = {
  readonly title: string;
  /** The question, shown behind the panel's i. */
  readonly answers: string;
  readonly show: Show;
  readonly width: number;
  readonly height: number;
  readonly unit: string;
  readonly decimals?: number;
  readonly max?: number;
  /** Shortest step of a series, 5m where it is not said. */
  readonly interval?: string;
  readonly thresholds?: Thresholds;
  /** How a series is called, for one value per label: ${__field.labels.agent_id}. */
  readonly legend?: string;
  readonly stack: boolean;
  /** Dashboard that says more. */
  readonly more?: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly sql?: string;
  readonly promql?: readonly Series[];
};

export type Row = { readonly row: string };

export type Dashboard = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Where the time range begins when the dashboard is opened. */
  readonly from: string;
  readonly variables: readonly VariableName[];
  readonly panels: readonly (Panel | Row)[];
};

export const isRow = (panel: Panel | Row): panel is Row => 'row' in panel;

type Fields = Readonly<Record<string, unknown>>;

export function readPanels(name: string, text: string): Dashboard {
  const where = `panels/${name}.yaml`;
  const file = fieldsOf(parse(text), where);
  refuseUnknown(file, ['title', 'description', 'from', 'variables', 'panels'], where);
  const panels = file['panels'];
  if (!Array.isArray(panels)) throw new Error(`${where}: wanted a list of panels`);
  return {
    name,
    title: textOf(file, 'title', where),
    description: textOf(file, 'description', where),
    from: typeof file['from'] === 'string' ? file['from'] : 'now-24h',
    variables: oneOf(file['variables'] ?? [], VARIABLES, `${where} variables`),
    panels: panels.map((panel, at) => readPanel(fieldsOf(panel, `${where} panel ${at}`), where)),
  };
}

const PANEL_KEYS =
  'title answers show size unit decimals max interval thresholds legend stack more columns sql promql'.split(
    ' ',
  );
const COLUMN_KEYS = ['title', 'unit', 'decimals', 'width', 'thresholds', 'link'];

function readPanel(file: Fields, from: string): Panel | Row {
  if (typeof file['row'] === 'string') {
    refuseUnknown(file, ['row'], `${from} row ${file['row']}`);
    return { row: file['row'] };
  }
  const title = textOf(file, 'title', from);
  const where = `${from} "${title}"`;
  refuseUnknown(file, PANEL_KEYS, where);
  const [width, height] = sizeOf(textOf(file, 'size', where), where);
  const { sql, promql } = file;
  if ((typeof sql === 'string') === Array.isArray(promql)) {
    throw new Error(`${where}: wanted either sql or promql`);
  }
  const columns = fieldsOf(file['columns'] ?? {}, `${where} columns`);
  return {
    title,
    answers: textOf(file, 'answers', where).trim(),
    show: oneOf([file['show']], SHOWS, `${where} show`)[0] as Show,
    width,
    height,
    unit: textOf(file, 'unit', where),
    ...(typeof file['decimals'] === 'number' ? { decimals: file['decimals'] } : {}),
    ...(typeof file['max'] === 'number' ? { max: file['max'] } : {}),
    ...(typeof file['interval'] === 'string' ? { interval: file['interval'] } : {}),
    ...thresholdsOf(file, where),
    ...(typeof file['legend'] === 'string' ? { legend: file['legend'] } : {}),
    stack: file['stack'] === true,
    ...(typeof file['more'] === 'string' ? { more: file['more'] } : {}),
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, own]) => [column, columnOf(own, `${where} ${column}`)]),
    ),
    ...(typeof sql === 'string' ? { sql: sql.trimEnd() } : {}),
    ...(Array.isArray(promql) ? { promql: promql.map((one) => seriesOf(one, where)) } : {}),
  };
}

function columnOf(value: unknown, where: string): Column {
  const file = fieldsOf(value, where);
  refuseUnknown(file, COLUMN_KEYS, where);
  return { ...(file as Column), ...thresholdsOf(file, where) };
}

function seriesOf(value: unknown, where: string): Series {
  const file = fieldsOf(value, `${where} promql`);
  refuseUnknown(file, ['expr', 'legend'], where);
  return { expr: textOf(file, 'expr', where).trim(), legend: textOf(file, 'legend', where) };
}

function thresholdsOf(file: Fields, where: string): { thresholds?: Thresholds } {
  const given = file['thresholds'];
  if (given === undefined) return {};
  const levels = fieldsOf(given, `${where} thresholds`);
  refuseUnknown(levels, LEVELS, `${where} thresholds`);
  return { thresholds: levels };
}

function sizeOf(text: string, where: string): readonly [number, number] {
  const [, width, height] = /^(\d+)x(\d+)$/u.exec(text) ?? [];
  const size = [Number(width), Number(height)] as const;
  if (size[0] >= 1 && size[0] <= 24 && size[1] >= 3) return size;
  throw new Error(`${where}: wanted a size like 12x8, at most 24 wide, found ${text}`);
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(
    `${where}: wanted fields, found ${Array.isArray(value) ? 'a list' : typeof value}`,
  );
}

function textOf(file: Fields, key: string, where: string): string {
  const value = file[key];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new Error(`${where}: wanted ${key}, a text`);
}

function refuseUnknown(file: Fields, known: readonly string[], where: string): void {
  const unknown = Object.keys(file).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new Error(`${where}: unknown word "${unknown}"; there are ${known.join(', ')}`);
}

function oneOf<T extends string>(values: unknown, known: readonly T[], where: string): T[] {
  const list = Array.isArray(values) ? (values as unknown[]) : [values];
  return list.map((value) => {
    const found = known.find((one) => one === value);
    if (found === undefined) throw new Error(`${where}: wanted one of ${known.join(', ')}`);
    return found;
  });
}
