// Counts tests from vitest's JSON report.
// Guarantees: nothing that went wrong counts as nothing: a file that did not load, an error outside
// a test, and a missing report each count as one failure.
// Example: countTests(report, { ok: true }) → { passed: 12, failed: 0, skipped: ['…: the reason'] }

export type Counts = {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that did not run. */
  readonly skipped: readonly string[];
};

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

/** `report` is the parsed JSON or undefined; `ok` is whether vitest ended with exit code 0. */
export function countTests(report: unknown, { ok }: { ok: boolean }): Counts {
  if (!isReport(report)) return { passed: 0, failed: 1, skipped: [] };
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const failedTests = tests.filter((test) => test.status === 'failed').length;
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = failedTests + brokenFiles;
  const skipped = tests
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName);
  return { passed, failed: failed === 0 && !ok ? 1 : failed, skipped };
}

function isReport(report: unknown): report is Report {
  return (
    typeof report === 'object' &&
    report !== null &&
    'testResults' in report &&
    Array.isArray(report.testResults)
  );
}
