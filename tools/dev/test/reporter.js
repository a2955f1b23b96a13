const fs = require("node:fs");
const path = require("node:path");
const Mocha = require("mocha");

/**
 * Mocha's spec reporter that also leaves its totals and what failed for tools/dev/test/run-tests.ts, in the file
 * SECURITY_STACK_TEST_STATS.
 */
module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on("fail", (test, error) => {
      failed.push({
        title: test.fullTitle(),
        file: test.file ? path.relative(process.cwd(), test.file) : undefined,
        message: String(error?.message ?? error),
      });
    });
    runner.once("end", () => {
      fs.writeFileSync(process.env.SECURITY_STACK_TEST_STATS, JSON.stringify({ ...this.stats, failed }));
    });
  }
};
