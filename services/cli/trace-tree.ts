// Draws a run as a tree that reads like what happened: who said what, which tool was called with
// what, what came of it, how long it took, what it cost, which rules matched.
// Guarantees: pure; every event is drawn exactly once (start and end of an operation on one line);
// an event whose parent is not in the run hangs from the root with a mark; control characters never
// reach the terminal; a verdict is told once in full, and by its rule's id where it comes again.
// Example: traceTree(events, { width: 120, isFull: false }) // string[]

export type TraceVerdict = {
  readonly rule_id: string;
  readonly severity: string;
  readonly status: string;
  readonly message: string;
};

export type TraceEvent = {
  readonly event_id: string;
  readonly kind: string;
  readonly phase: string;
  readonly name: string;
  readonly status: string;
  readonly failure_mode: string;
  readonly error_message: string;
  /** Microseconds since 1970. */
  readonly start_us: number;
  readonly seq: number;
  readonly duration_ns: number;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly attempt: number;
  readonly agent_id: string;
  readonly tool_name: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_nano_usd: number;
  readonly decision_type: string;
  readonly decision_chosen: string;
  readonly confidence: number | null;
  readonly outcome_kpi: string;
  readonly outcome_value: number | null;
  readonly outcome_unit: string;
  readonly handoff_to: string;
  readonly input: string;
  readonly output: string;
  readonly verdicts: readonly TraceVerdict[];
};

export type TreeOptions = {
  readonly width: number;
  /** Bodies whole instead of one line each. */
  readonly isFull: boolean;
  readonly mark?: (severity: string, text: string) => string;
  readonly duration: (ns: number) => string;
  readonly dollars: (nanoUsd: number) => string;
};

type Node = { readonly event: TraceEvent; readonly children: Node[]; isOrphan: boolean };

export function traceTree(events: readonly TraceEvent[], options: TreeOptions): string[] {
  const roots = treeOf(events);
  const startUs = Math.min(...events.map((event) => event.start_us));
  const drawing: Drawing = { startUs, options, lines: [], told: new Set() };
  roots.forEach((root, index) => draw(root, '', index === roots.length - 1, drawing));
  return drawing.lines;
}

function treeOf(events: readonly TraceEvent[]): Node[] {
  const ordered = events.toSorted((a, b) => a.start_us - b.start_us || a.seq - b.seq);
  const ended = new Set(
    ordered.filter((event) => event.phase === 'end').map((event) => event.span_id),
  );
  const begun = new Map(
    ordered.filter((event) => event.phase === 'start').map((event) => [event.span_id, event]),
  );
  // The end tells the whole operation; its start is drawn only where no end came.
  const shown = ordered
    .filter((event) => event.phase !== 'start' || !ended.has(event.span_id))
    .map((event) => (event.phase === 'end' ? wholeOf(event, begun.get(event.span_id)) : event))
    .toSorted((a, b) => a.start_us - b.start_us || a.seq - b.seq);
  const nodes = shown.map((event): Node => ({ event, children: [], isOrphan: false }));
  const holders = new Map<string, Node>();
  for (const node of nodes) {
    const held = holders.get(node.event.span_id);
    // Points share the span they happened in; the operation itself holds the span.
    if (held === undefined || (held.event.phase === 'point' && node.event.phase !== 'point')) {
      holders.set(node.event.span_id, node);
    }
  }
  const roots: Node[] = [];
  for (const node of nodes) {
    const holder = holders.get(node.event.span_id);
    const parent = holder === node ? holders.get(node.event.parent_span_id) : holder;
    if (parent === undefined || parent === node || isUnder(parent, node)) {
      node.isOrphan = node.event.parent_span_id !== '';
      roots.push(node);
    } else {
      parent.children.push(node);
    }
  }
  return roots;
}

/** An end with what only its start knew: when it began, and rules that matched there already. */
function wholeOf(end: TraceEvent, start: TraceEvent | undefined): TraceEvent {
  if (start === undefined) return end;
  const atEnd = new Set(end.verdicts.map(({ rule_id: rule }) => rule));
  return {
    ...end,
    start_us: Math.min(start.start_us, end.start_us),
    seq: start.seq,
    input: end.input || start.input,
    verdicts: [...end.verdicts, ...start.verdicts.filter(({ rule_id: rule }) => !atEnd.has(rule))],
  };
}

/** Guards against a loop of parents: is candidate somewhere below node? */
function isUnder(candidate: Node, node: Node): boolean {
  return node.children.some((child) => child === candidate || isUnder(candidate, child));
}

type Drawing = {
  readonly startUs: number;
  readonly options: TreeOptions;
  readonly lines: string[];
  /** Verdicts that were told in full. */
  readonly told: Set<string>;
};

function draw(node: Node, indent: string, isLast: boolean, drawing: Drawing): void {
  const { startUs, options, lines, told } = drawing;
  const { event } = node;
  const offset = clock(event.start_us - startUs);
  const room = options.width - indent.length - offset.length - 4;
  const fresh = event.verdicts.filter((verdict) => !told.has(keyOf(verdict)));
  const again = event.verdicts.filter((verdict) => told.has(keyOf(verdict)));
  const words = sentence(event, room - (node.isOrphan ? 2 : 0), again, options);
  const below = indent + (isLast ? '   ' : '│  ');
  lines.push(`${indent}${isLast ? '└─' : '├─'} ${offset} ${node.isOrphan ? '⇠ ' : ''}${words}`);
  if (options.isFull) lines.push(...bodies(event, below));
  const mark = options.mark ?? ((_: string, plain: string) => plain);
  for (const verdict of fresh) {
    told.add(keyOf(verdict));
    const { rule_id: rule, severity, status, message } = verdict;
    const text = `▲ ${rule} ${severity} (${status}): ${printable(message)}`;
    const pad = ' '.repeat(offset.length + 1);
    lines.push(`${below}${pad}${mark(severity, cut(text, room))}`);
  }
  node.children.forEach((child, index) =>
    draw(child, below, index === node.children.length - 1, drawing),
  );
}

function keyOf({ rule_id: rule, message }: TraceVerdict): string {
  return `${rule} ${message}`;
}

function bodies(event: TraceEvent, indent: string): string[] {
  const labelled = [
    ['in ', event.input],
    ['out', event.output],
  ] as const;
  return labelled
    .filter(([, body]) => body !== '')
    .flatMap(([label, body]) =>
      printable(body, true)
        .split('\n')
        .map((line) => `${indent}     ${label} │ ${line}`),
    );
}

function sentence(
  event: TraceEvent,
  room: number,
  again: readonly TraceVerdict[],
  options: TreeOptions,
): string {
  const facts = [
    event.duration_ns > 0 && options.duration(event.duration_ns),
    event.input_tokens + event.output_tokens > 0 &&
      `${event.input_tokens}→${event.output_tokens} tokens`,
    event.cost_nano_usd > 0 && options.dollars(event.cost_nano_usd),
    event.attempt > 1 && `attempt ${event.attempt}`,
    !['ok', 'unset'].includes(event.status) && event.status.toUpperCase(),
    event.failure_mode !== '' && event.failure_mode,
    again.length > 0 && `▲ ${[...new Set(again.map(({ rule_id: rule }) => rule))].join(' ')}`,
  ].filter(Boolean);
  const tail = facts.length > 0 ? `  [${facts.join(' · ')}]` : '';
  const words = wordsFor(event, options.isFull);
  return `${cut(words, Math.max(24, room - tail.length))}${tail}`;
}

/** What happened, in the words of its kind. */
function wordsFor(event: TraceEvent, isFull: boolean): string {
  const input = isFull ? '' : printable(event.input);
  const output = isFull ? '' : printable(event.output);
  const reply = output === '' ? '' : ` → ${output}`;
  switch (event.kind) {
    case 'agent_run':
      return `run of ${event.agent_id || event.name || 'an agent'}`;
    case 'tool_call':
      return `tool ${event.tool_name}(${cut(input, 90)})${reply || failure(event)}`;
    case 'model_call': {
      const who = event.name.startsWith('message.') ? speaker(event.name) : `model ${event.model}`;
      return isFull ? who : `${who}: ${output || input || '(no words)'}`;
    }
    case 'decision': {
      const confidence =
        event.confidence === null ? '' : ` (${Math.round(event.confidence * 100)} %)`;
      const about = event.decision_type === event.decision_chosen ? '' : ` ${event.decision_type}`;
      return `decides${about}: ${event.decision_chosen}${confidence}`;
    }
    case 'handoff':
      return `hands over to ${event.handoff_to}`;
    case 'outcome':
      return `outcome ${event.outcome_kpi} = ${event.outcome_value ?? '?'} ${event.outcome_unit}`.trimEnd();
    default: {
      const said = output || input;
      return `${speaker(event.name) || event.kind}${said === '' ? '' : `: ${said}`}`;
    }
  }
}

function failure({ error_message: message }: TraceEvent): string {
  return message === '' ? '' : ` → ${printable(message)}`;
}

function speaker(name: string): string {
  return name.startsWith('message.') ? name.slice('message.'.length) : name;
}

/** mm:ss.mmm since the start of the run. */
function clock(us: number): string {
  const ms = Math.max(0, Math.floor(us / 1000));
  const minutes = Math.floor(ms / 60_000);
  const rest = (ms % 60_000) / 1000;
  return `${String(minutes).padStart(2, '0')}:${rest.toFixed(3).padStart(6, '0')}`;
}

// oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without control characters; on one line unless asked otherwise. */
function printable(text: string, keepLines = false): string {
  const clean = text.replace(CONTROL, ' ');
  return keepLines ? clean : clean.replace(/\s+/g, ' ').trim();
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}
