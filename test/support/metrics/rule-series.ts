import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fits, type Rule, samplesOf, selectorsOf } from "./prometheus";

/** Whether programs have all the series that a file of alert rules asks for, and each rule says what to do. */
export function assertSeries(file: string, metrics: readonly string[]): void {
  const { groups } = parse(readFileSync(file, "utf8")) as { groups: { rules: Rule[] }[] };
  const samples = metrics.flatMap(samplesOf);
  for (const { alert, expr, labels, annotations } of groups.flatMap(({ rules }) => rules)) {
    assert.match(labels?.["severity"] ?? "", /^(critical|warning)$/, alert);
    assert.ok(annotations?.["summary"] && annotations["fix"], alert);
    for (const selector of selectorsOf(expr))
      assert.ok(
        samples.some((sample) => fits(sample, selector)),
        `${alert}: no series of ${JSON.stringify(selector)}`,
      );
  }
}
