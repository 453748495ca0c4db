// Which columns of a governed row come from which record of the event, so that the encoder can
// write the blanks of a record that is not there at once. Three quarters of a row's columns are
// blank.
// Guarantees: columns stand together as in schemas/governed-event.avsc; a column that is in no
// group is always written; what blankGroups names is blank in the row that governedRow makes of the
// event (test/contracts/governed-row.test.ts, for every record).
// Example: const isBlank = (blankGroups(event) & GOVERNED_GROUPS.model.bit) !== 0
import type { AgentEvent } from './agent-event.ts';

type Group = { readonly bit: number; readonly first: string; readonly last: string };

const group = (index: number, first: string, last: string): Group => ({
  bit: 1 << index,
  first,
  last,
});

export const GOVERNED_GROUPS = {
  dead_letter: group(0, 'dead_letter_code', 'dead_letter_cause'),
  links: group(1, 'links', 'links'),
  input: group(2, 'input_mime', 'input_truncated'),
  output: group(3, 'output_mime', 'output_truncated'),
  model: group(4, 'model_operation', 'usage_scope'),
  tool: group(5, 'tool_name', 'approval_id'),
  retrieval: group(6, 'retrieval_source', 'retrieval_documents'),
  memory: group(7, 'memory_operation', 'memory_source_trust'),
  decision: group(8, 'decision_id', 'rationale'),
  guardrail: group(9, 'guardrail_component', 'guardrail_labels'),
  evaluation: group(10, 'evaluation_name', 'evaluation_explanation'),
  handoff: group(11, 'handoff_from', 'handoff_task_state'),
  feedback: group(12, 'feedback_type', 'feedback_comment'),
  outcome: group(13, 'outcome_kpi', 'outcome_target_id'),
  state_change: group(14, 'state_entity', 'state_to'),
  data_context: group(15, 'data_context', 'data_context'),
} as const satisfies Readonly<Record<string, Group>>;

/** The bits of the groups whose columns are blank in the event's row. */
export function blankGroups(event: AgentEvent): number {
  let blank: number = GOVERNED_GROUPS.dead_letter.bit;
  if (event.links.length === 0) blank |= GOVERNED_GROUPS.links.bit;
  if (event.input === null) blank |= GOVERNED_GROUPS.input.bit;
  if (event.output === null) blank |= GOVERNED_GROUPS.output.bit;
  if (event.model === null) blank |= GOVERNED_GROUPS.model.bit;
  if (event.tool === null) blank |= GOVERNED_GROUPS.tool.bit;
  if (event.retrieval === null) blank |= GOVERNED_GROUPS.retrieval.bit;
  if (event.memory === null) blank |= GOVERNED_GROUPS.memory.bit;
  if (event.decision === null) blank |= GOVERNED_GROUPS.decision.bit;
  if (event.guardrail === null) blank |= GOVERNED_GROUPS.guardrail.bit;
  if (event.evaluation === null) blank |= GOVERNED_GROUPS.evaluation.bit;
  if (event.handoff === null) blank |= GOVERNED_GROUPS.handoff.bit;
  if (event.feedback === null) blank |= GOVERNED_GROUPS.feedback.bit;
  if (event.outcome === null) blank |= GOVERNED_GROUPS.outcome.bit;
  if (event.state_change === null) blank |= GOVERNED_GROUPS.state_change.bit;
  if (event.data_context.length === 0) blank |= GOVERNED_GROUPS.data_context.bit;
  return blank;
}
