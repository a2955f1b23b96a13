const fs = require("node:fs");
const Mocha = require("mocha");

/** Mocha's spec reporter that also leaves its totals for tools/test/cli.ts in the file SECURITY_STACK_TEST_STATS. */
module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      fs.writeFileSync(process.env.SECURITY_STACK_TEST_STATS, JSON.stringify(this.stats));
    });
  }
};
