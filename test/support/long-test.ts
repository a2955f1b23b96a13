/** Set by the runner for `npm test -- --all` and `--long`. */
const RUNS_LONG_TESTS = process.env["SECURITY_STACK_LONG_TESTS"] === "1";

/**
 * A test that CI has no time for, in a file whose other tests it runs: `npm test` shows it as skipped, `npm test -- --all` and
 * `--long` run it with the others of its file, in their order. Its file is in `RECORDED` (tools/dev/test/records.ts).
 */
export function longTest(title: string, test: Mocha.AsyncFunc | Mocha.Func): void {
  // Asked for anew: mocha gives each file an `it` of its own, and a test that the one of another file takes never runs.
  if (RUNS_LONG_TESTS) it(title, test);
  else it.skip(title, test);
}

/**
 * A suite of nothing but such tests. Where all tests of a suite are skipped one by one, mocha still runs its hooks, and what
 * they start may take longer than the tests.
 */
export function longSuite(title: string, suite: (this: Mocha.Suite) => void): void {
  if (RUNS_LONG_TESTS) describe(title, suite);
  else describe.skip(title, suite);
}
