// KPI definitions as files: which events count, which of their numbers, in which unit, which way is
// good, how long a result belongs to a decision, and how the KPI is cut.
// Guarantees: a field that does not exist is refused with the nearest one that does; every mistake
// with file:line, what was wanted and what was found.
// Example: parseKpis(value, locate, nearest) // of infra/kpis/support.yaml
import { SpineError } from '@agentspine/outcome/errors';

export type Kpi = {
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly kind: 'outcome' | 'evaluation' | 'feedback';
  /** KPI of the outcome, name of the evaluation, type of the feedback. */
  readonly name: string;
  /** Environments that count; none named: all. */
  readonly environments: readonly string[];
  readonly measure: 'value' | 'success' | 'count';
  /** Several results of one decision: the latest, or their sum. */
  readonly combine: 'last' | 'sum';
  /** Unit or currency (ISO 4217, lower case) of the value; '' for success and count. */
  readonly unit: string;
  readonly direction: 'up' | 'down';
  /** Attribution window in days. */
  readonly days: number;
  /** Agents it is for; none named: all. */
  readonly agents: readonly string[];
  readonly slices: readonly KpiSliceName[];
};

export const KPI_SLICES = [
  'agent_version',
  'policy_bundle',
  'model',
  'environment',
  'prompt_version',
  'decision_type',
  'decision_chosen',
] as const;
export type KpiSliceName = (typeof KPI_SLICES)[number];

type Path = readonly (string | number)[];
type Locate = (path: Path) => string;
/** The known word nearest to a mistyped one, if one is near. */
export type Nearest = (word: string, known: readonly string[]) => string | undefined;
type Fields = Readonly<Record<string, unknown>>;

const FIELDS = [
  'id',
  'title',
  'event',
  'value',
  'combine',
  'unit',
  'direction',
  'attribution_days',
  'agents',
  'slices',
] as const;
const EVENT_FIELDS = ['kind', 'name', 'environments'] as const;
const ID = /^[a-z][a-z0-9_]{0,62}$/;
const DAYS_MAX = 365;
const DAYS_DEFAULT = 30;

/** @throws SpineError SPINE_KPI_FILE */
export function parseKpis(value: unknown, locate: Locate, nearest: Nearest): readonly Kpi[] {
  const read = reader(locate, nearest);
  const file = read.fields(value, [], ['kpis']);
  const list = read.list(file['kpis'], ['kpis'], 'KPIs');
  const seen = new Set<string>();
  return list.map((one, at) => {
    const kpi = readKpi(read, one, ['kpis', at]);
    if (seen.has(kpi.id)) throw read.refuse(['kpis', at, 'id'], 'each id once', kpi.id);
    seen.add(kpi.id);
    return kpi;
  });
}

type Reader = ReturnType<typeof reader>;

function readKpi(read: Reader, value: unknown, path: Path): Kpi {
  const fields = read.fields(value, path, FIELDS);
  const id = read.text(fields, path, 'id', ID, 'lower-case letters, digits and _');
  const at = [...path, 'event'];
  const event = fields['event'] === undefined ? {} : read.fields(fields['event'], at, EVENT_FIELDS);
  const measure = read.choice(fields, path, 'value', ['value', 'success', 'count'], 'value');
  const unit = fields['unit'] === undefined ? '' : read.text(fields, path, 'unit');
  const kind = read.choice(event, at, 'kind', ['outcome', 'evaluation', 'feedback'], 'outcome');
  if (kind === 'outcome' && measure === 'value' && unit === '') {
    throw read.refuse(
      [...path, 'unit'],
      'the unit of the value, such as usd or minutes',
      undefined,
    );
  }
  const combine = read.choice(fields, path, 'combine', ['last', 'sum'], 'last');
  if (combine === 'sum' && measure !== 'value') {
    throw read.refuse([...path, 'combine'], 'last, where value is not summed', combine);
  }
  return Object.freeze({
    id,
    title: fields['title'] === undefined ? id : read.text(fields, path, 'title'),
    kind,
    name: event['name'] === undefined ? id : read.text(event, at, 'name'),
    environments: read.texts(event, at, 'environments'),
    measure,
    combine,
    unit,
    direction: read.choice(fields, path, 'direction', ['up', 'down']),
    days: read.days(fields, path),
    agents: read.texts(fields, path, 'agents'),
    slices: read.choices(fields, path, 'slices', KPI_SLICES),
  });
}

function reader(locate: Locate, nearest: Nearest) {
  const refuse = (path: Path, wanted: string, found: unknown): SpineError =>
    new SpineError('SPINE_KPI_FILE', { where: locate(path), wanted, found: shown(found) });
  const oneOf = (word: unknown, known: readonly string[]): string => {
    const near = typeof word === 'string' ? nearest(word, known) : undefined;
    return `one of ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
  };
  const list = (value: unknown, path: Path, of: string): readonly unknown[] => {
    if (!Array.isArray(value)) throw refuse(path, `a list of ${of}`, value);
    return value as readonly unknown[];
  };
  const choose = <T extends string>(value: unknown, path: Path, of: readonly T[]): T => {
    const chosen = of.find((each) => each === value);
    if (chosen === undefined) throw refuse(path, oneOf(value, of), value);
    return chosen;
  };
  const text = (from: Fields, path: Path, key: string, form = /\S/, wanted = 'text'): string => {
    const value = from[key];
    if (typeof value === 'string' && form.test(value)) return value;
    throw refuse([...path, key], wanted, value);
  };
  return {
    refuse,
    list,
    text,
    fields: (value: unknown, path: Path, known: readonly string[]): Fields => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw refuse(path, `a map with ${known.join(', ')}`, value);
      }
      const stranger = Object.keys(value).find((key) => !known.includes(key));
      if (stranger === undefined) return value as Fields;
      throw refuse([...path, stranger], oneOf(stranger, known), stranger);
    },
    choice: <T extends string>(
      from: Fields,
      path: Path,
      key: string,
      of: readonly T[],
      fallback?: T,
    ): T =>
      from[key] === undefined && fallback !== undefined
        ? fallback
        : choose(from[key], [...path, key], of),
    choices: <T extends string>(from: Fields, path: Path, key: string, of: readonly T[]) =>
      from[key] === undefined
        ? []
        : list(from[key], [...path, key], 'slices').map((each, at) =>
            choose(each, [...path, key, at], of),
          ),
    texts: (from: Fields, path: Path, key: string): readonly string[] =>
      from[key] === undefined
        ? []
        : list(from[key], [...path, key], 'texts').map((each, at) => {
            if (typeof each === 'string' && each !== '') return each;
            throw refuse([...path, key, at], 'text', each);
          }),
    days: (from: Fields, path: Path): number => {
      const value = from['attribution_days'];
      if (value === undefined) return DAYS_DEFAULT;
      if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= DAYS_MAX) {
        return Number(value);
      }
      throw refuse([...path, 'attribution_days'], `whole days, 1 to ${DAYS_MAX}`, value);
    },
  };
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return JSON.stringify(value).slice(0, 60);
}
