// The tables of `spine report failures`: ways of failing, where runs break first, how far failures
// reach, what was never seen before.
// Guarantees: pure; rows as the named queries give them, with words for the operation.
// Example: modesSection(answers.modes)
import type {
  BlastRadiusRow,
  FailureModeRow,
  FailureNoveltyRow,
  FirstFailingStepRow,
} from '@agentspine/clickhouse/failure-queries';
import type { Section } from '@agentspine/report/report';
import type { Asked } from './report-asking.ts';
import { operationWords, spanWords } from './report-words.ts';

const SHOWN = 20;

export function modesSection(modes: readonly FailureModeRow[]): Section {
  return {
    id: 'modes',
    title: 'Ways of failing',
    table: {
      none: 'Nothing failed.',
      columns: [
        { key: 'failure_mode', title: 'failure mode', unit: 'text' },
        { key: 'failures', title: 'failures', unit: 'count' },
        { key: 'share', title: 'share', unit: 'share' },
        { key: 'agents', title: 'agents', unit: 'count' },
        { key: 'top_agent', title: 'most by', unit: 'text' },
        { key: 'top_subject', title: 'with', unit: 'text' },
        { key: 'bar', title: '', unit: 'bar', isMinor: true },
      ],
      rows: modes.slice(0, SHOWN).map((row) => ({ ...row, bar: row.failures })),
    },
  };
}

export function firstSection(rows: readonly FirstFailingStepRow[]): Section {
  return {
    id: 'first-failing-step',
    title: 'Where runs break first',
    table: {
      none: 'No run broke.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'what', title: 'operation', unit: 'text' },
        { key: 'failure_mode', title: 'failure mode', unit: 'text' },
        { key: 'runs', title: 'runs', unit: 'count' },
        { key: 'runs_failed', title: 'lost', unit: 'count' },
        { key: 'share', title: 'share', unit: 'share' },
        { key: 'after_ms', title: 'after', unit: 'ms', isMinor: true },
        { key: 'last_run_id', title: 'the latest run', unit: 'text', isMinor: true },
      ],
      rows: rows
        .slice(0, SHOWN)
        .map((row) => ({ ...row, what: operationWords(row.kind, row.subject) })),
    },
  };
}

export function radiusSection(rows: readonly BlastRadiusRow[]): Section {
  return {
    id: 'blast-radius',
    title: 'How far failures reach',
    table: {
      none: 'Nothing failed.',
      columns: [
        { key: 'what', title: 'operation', unit: 'text' },
        { key: 'failure_mode', title: 'failure mode', unit: 'text' },
        { key: 'runs', title: 'runs', unit: 'count' },
        { key: 'run_share', title: 'of all runs', unit: 'share' },
        { key: 'agents', title: 'agents', unit: 'count' },
        { key: 'tenants', title: 'tenants', unit: 'count' },
        { key: 'actors', title: 'people', unit: 'count', isMinor: true },
        { key: 'conversations', title: 'conversations', unit: 'count', isMinor: true },
      ],
      rows: rows
        .slice(0, SHOWN)
        .map((row) => ({ ...row, what: operationWords(row.kind, row.subject) })),
    },
  };
}

export function noveltySection(rows: readonly FailureNoveltyRow[], asked: Asked): Section {
  return {
    id: 'novelty',
    title: `Never seen before the last ${spanWords(asked.recent)}`,
    table: {
      none: 'Nothing new.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'what', title: 'operation', unit: 'text' },
        { key: 'mode', title: 'failure mode', unit: 'text' },
        { key: 'failures', title: 'failures', unit: 'count' },
        { key: 'how', title: '', unit: 'text' },
      ],
      rows: rows.slice(0, SHOWN).map((row) => ({
        ...row,
        what: operationWords(row.kind, row.subject),
        mode: row.failure_mode || row.error_type,
        how: row.novelty.replaceAll('_', ' '),
      })),
    },
  };
}
