// A run drawn for people: everything once, in order, readable.
import { describe, expect, it } from 'vitest';
import { dollars, duration } from './terminal.ts';
import { traceTree, type TraceEvent } from './trace-tree.ts';

const options = { width: 110, isFull: false, duration, dollars };

function event(fields: Partial<TraceEvent>): TraceEvent {
  return {
    event_id: 'e',
    kind: 'step',
    phase: 'point',
    name: '',
    status: 'ok',
    failure_mode: '',
    error_message: '',
    start_us: 1_000_000,
    seq: 0,
    duration_ns: 0,
    span_id: 'root',
    parent_span_id: '',
    attempt: 1,
    agent_id: '',
    tool_name: '',
    model: '',
    input_tokens: 0,
    output_tokens: 0,
    cost_nano_usd: 0,
    decision_type: '',
    decision_chosen: '',
    confidence: null,
    outcome_kpi: '',
    outcome_value: null,
    outcome_unit: '',
    handoff_to: '',
    input: '',
    output: '',
    verdicts: [],
    ...fields,
  };
}

const run = [
  event({ kind: 'agent_run', phase: 'start', agent_id: 'concierge' }),
  event({
    name: 'message.user',
    span_id: 'u',
    parent_span_id: 'root',
    seq: 1,
    output: 'My order is late',
  }),
  event({
    kind: 'tool_call',
    phase: 'end',
    span_id: 't',
    parent_span_id: 'root',
    seq: 2,
    start_us: 1_500_000,
    tool_name: 'lookup_order',
    input: '{"id":7}',
    output: '{"state":"lost"}',
    duration_ns: 12_000_000,
    verdicts: [
      { rule_id: 'TOOL-001', severity: 'high', status: 'monitor', message: 'not on the list' },
    ],
  }),
  event({
    kind: 'decision',
    span_id: 'd',
    parent_span_id: 'root',
    seq: 3,
    start_us: 2_000_000,
    decision_type: 'refund',
    decision_chosen: 'full',
    confidence: 0.87,
  }),
  event({
    kind: 'agent_run',
    phase: 'end',
    agent_id: 'concierge',
    seq: 4,
    duration_ns: 3e9,
    cost_nano_usd: 4_200_000,
  }),
];

describe('the tree of a run', () => {
  it('reads like what happened', () => {
    expect(traceTree(run, options)).toEqual([
      '└─ 00:00.000 run of concierge  [3.00 s · $0.004200]',
      '   ├─ 00:00.000 user: My order is late',
      '   ├─ 00:00.500 tool lookup_order({"id":7}) → {"state":"lost"}  [12 ms]',
      '   │            ▲ TOOL-001 high (monitor): not on the list',
      '   └─ 00:01.000 decides refund: full (87 %)',
    ]);
  });

  it('draws an operation that never ended, and one whose parent is unknown', () => {
    const lines = traceTree(
      [
        event({
          kind: 'tool_call',
          phase: 'start',
          tool_name: 'hangs',
          parent_span_id: 'gone',
          status: 'unset',
        }),
      ],
      options,
    );
    expect(lines).toEqual(['└─ 00:00.000 ⇠ tool hangs()']);
  });

  it('does not loop on parents that name each other', () => {
    const lines = traceTree(
      [event({ span_id: 'a', parent_span_id: 'b' }), event({ span_id: 'b', parent_span_id: 'a' })],
      options,
    );
    expect(lines).toHaveLength(2);
  });

  it('keeps control characters from the terminal and lines within the width', () => {
    const lines = traceTree([event({ output: `\u001b[31m${'x'.repeat(500)}\u0007` })], options);
    expect(lines[0]).not.toMatch(/\u001b|\u0007/);
    expect(lines[0]?.length).toBeLessThanOrEqual(options.width);
  });
});
