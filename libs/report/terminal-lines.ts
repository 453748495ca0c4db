// A report as lines for a terminal: findings first, then sections with their charts and tables.
// Guarantees: pure; no line wider than asked; colour only through the style that is handed in;
// no control character of the data comes through.
// Example: for (const line of terminalLines(report, { width: 100, style })) console.log(line)
import type { Finding, Report, Scope, Section } from './report.ts';
import { printable, showTime } from './show-value.ts';
import { chartLines } from './terminal-chart.ts';
import { tableLines } from './terminal-table.ts';
import { wrap } from './wrap.ts';

export type TerminalStyle = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Paper = {
  readonly width: number;
  readonly style: (style: TerminalStyle, text: string) => string;
};

const WIDEST = 120;
const NARROWEST = 60;
const MARKS = { bad: ['✗', 'red'], warn: ['!', 'yellow'], good: ['✓', 'green'] } as const;

export function terminalLines(report: Report, { width, style }: Paper): readonly string[] {
  const paper = { width: Math.min(Math.max(Math.floor(width), NARROWEST), WIDEST), style };
  const lines = [
    style('bold', printable(report.title)),
    ...wrap(scopeWords(report.scope), paper.width).map((line) => style('dim', line)),
    '',
    ...report.findings.flatMap((finding) => findingLines(finding, paper)),
    ...report.sections.flatMap((section) => sectionLines(section, paper)),
  ];
  if (report.commands.length > 0) {
    lines.push('', style('bold', 'See also'));
    for (const command of report.commands) {
      lines.push(
        ...wrap(printable(command), paper.width - 4).map(
          (line, at) => `  ${at > 0 ? '  ' : ''}${line}`,
        ),
      );
    }
  }
  return lines;
}

/** Whose, and when. */
export function scopeWords(scope: Scope): string {
  const whose = scope.tenant === '' ? 'all tenants' : `tenant ${printable(scope.tenant)}`;
  const agent = scope.agent === '' ? 'all agents' : `agent ${printable(scope.agent)}`;
  return `${whose}, ${agent}, ${showTime(scope.since)} to ${showTime(scope.until)} UTC`;
}

function findingLines({ tone, text }: Finding, { width, style }: Paper): readonly string[] {
  const [mark, colour] = tone === 'plain' ? ['·', 'dim' as const] : MARKS[tone];
  return wrap(printable(text), width - 2).map((line, at) =>
    at === 0 ? `${style(colour, mark)} ${line}` : `  ${line}`,
  );
}

function sectionLines(section: Section, paper: Paper): readonly string[] {
  const inner = { ...paper, width: paper.width - 2 };
  const lines = (section.text ?? []).flatMap((text) => wrap(printable(text), inner.width));
  for (const chart of section.charts ?? []) {
    const drawn = chartLines(chart, inner);
    if (drawn.length > 0) lines.push(paper.style('dim', printable(chart.title)), ...drawn);
  }
  if (section.table !== undefined) lines.push(...tableLines(section.table, inner));
  return [
    '',
    paper.style('bold', printable(section.title)),
    ...lines.map((line) => `  ${line}`.trimEnd()),
  ];
}
