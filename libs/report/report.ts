// What a report says, before anybody decides how it looks: findings, sections, tables, charts.
// Guarantees: plain data; numbers stay numbers with their unit beside them; whatever is drawn is
// also there as numbers. Unknown is null, never 0.
// Example: { what: 'latency', title: 'Latency', findings: [{ tone: 'bad', text: '…' }], sections:
// [] }

/** How a value is written: show-value.ts. spark and bar are drawn from numbers. */
export type Unit = 'text' | 'count' | 'number' | 'ms' | 'share' | 'usd' | 'factor' | 'time';

export type Column = {
  readonly key: string;
  readonly title: string;
  readonly unit: Unit | 'spark' | 'bar';
  /** Left out where the terminal is too narrow for all. */
  readonly isMinor?: boolean;
};

/**
 * Under a column's key: text, number, or for a spark line a list. Rows may hold more than is shown.
 */
export type Row = Readonly<Record<string, unknown>>;

export type Table = {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Said where there are no rows: why not, in words. */
  readonly none: string;
};

/** null: nothing is known there, and nothing is drawn. */
export type Point = number | null;

export type Series = {
  readonly name: string;
  readonly values: readonly Point[];
  readonly tone?: Tone;
  readonly isDashed?: boolean;
};

type ChartHead = {
  readonly title: string;
  /** What a person sees in it, in one sentence; read out in place of the picture. */
  readonly alt: string;
  readonly unit: Unit;
};

export type LineChart = ChartHead & {
  readonly is: 'line';
  /** Milliseconds since 1970, ascending; as many as each series has values. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly marks?: readonly { readonly time: number; readonly text: string }[];
};

export type BarChart = ChartHead & {
  readonly is: 'bars';
  readonly layout: 'upright' | 'lying';
  readonly isStacked: boolean;
  /** Names, or times in milliseconds since 1970. */
  readonly categories: readonly (string | number)[];
  readonly series: readonly Series[];
};

export type ReliabilityBin = {
  /** Mean confidence of the decisions in the bin, and the share of them that were right; 0 to 1. */
  readonly confidence: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
};

export type ReliabilityChart = ChartHead & {
  readonly is: 'reliability';
  readonly bins: readonly ReliabilityBin[];
};

export type IntervalChart = ChartHead & {
  readonly is: 'intervals';
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly tone?: Tone;
  }[];
  /** A value to compare with, drawn as a line. */
  readonly reference?: number;
};

export type Chart = LineChart | BarChart | ReliabilityChart | IntervalChart;

export type Tone = 'bad' | 'warn' | 'good' | 'plain';

export type Finding = { readonly tone: Tone; readonly text: string };

export type Section = {
  /** Key of its rows in the JSON form: kebab-case. */
  readonly id: string;
  readonly title: string;
  readonly text?: readonly string[];
  readonly charts?: readonly Chart[];
  readonly table?: Table;
};

export type Source = {
  readonly name: string;
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number>>;
};

export type Scope = {
  /** Empty: all. */
  readonly tenant: string;
  readonly agent: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  readonly generatedAt: number;
};

export type Report = {
  readonly what: string;
  readonly title: string;
  readonly scope: Scope;
  /** What an analyst wants to know first, gravest first. */
  readonly findings: readonly Finding[];
  readonly sections: readonly Section[];
  /** How to get the same again. */
  readonly commands: readonly string[];
  readonly sources: readonly Source[];
};
