// A report as data: scope, findings, and under each section's id its rows, with all they hold.
// Guarantees: pure; every number of the picture is there; unknown numbers are null.
// Example: JSON.stringify(reportJson(report)).then jq .violations
import { numbersOf } from './html-table.ts';
import type { Report } from './report.ts';

export function reportJson(report: Report): Record<string, unknown> {
  const { scope } = report;
  const charts = report.sections.flatMap(({ id, charts: all = [] }) =>
    all.map((chart) => {
      const { columns, rows } = numbersOf(chart);
      const named = rows.map((row) =>
        Object.fromEntries(columns.map(({ key, title }) => [title || 'name', row[key] ?? null])),
      );
      return { section: id, title: chart.title, alt: chart.alt, unit: chart.unit, rows: named };
    }),
  );
  return {
    report: report.what,
    title: report.title,
    scope: {
      tenant: scope.tenant,
      agent: scope.agent,
      since: instant(scope.since),
      until: instant(scope.until),
      generated_at: instant(scope.generatedAt),
    },
    findings: report.findings,
    ...Object.fromEntries(
      report.sections
        .filter(({ table }) => table !== undefined)
        .map(({ id, table }) => [id, table?.rows ?? []]),
    ),
    charts,
  };
}

function instant(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null;
}
