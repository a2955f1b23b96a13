import { readFileSync } from "node:fs";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { runScenarios } from "../../scenarios/check/run";
import { ElasticsearchStore } from "../../scenarios/check/store";
import { evaluateChecklist } from "../../scenarios/checklist/evaluate";
import { DEFAULT_INDICES } from "../../scenarios/model/names";
import { makeReport } from "../../scenarios/report/report";
import { page } from "../../scenarios/report/report-page";

/**
 * The part of the benchmark that is measured, in a process of its own: all checks of all scenarios, each explained since
 * none holds, the checklist and the page. Prints seconds and the memory that was added, as JSON.
 */
async function main([url = "", caFile = ""]: readonly string[]): Promise<void> {
  const before = process.memoryUsage().rss;
  const authorization = process.env["BENCH_AUTHORIZATION"] ?? "";
  const store = new ElasticsearchStore({ url, ca: readFileSync(caFile, "utf8"), headers: { authorization } });
  const began = performance.now();
  const since = new Date(Date.now() - 24 * 3_600_000);
  const nothing = { evidenceOf: () => "live" as const, carryOut: async () => [], isComplete: () => true };
  const results = await runScenarios(SCENARIOS, nothing, store, { indices: DEFAULT_INDICES, since });
  const checklist = await evaluateChecklist({ store, indices: DEFAULT_INDICES, now: new Date(), results });
  const report = makeReport("benchmark", results, checklist);
  const bytes = Buffer.byteLength(
    page(report, { scenarios: SCENARIOS, tagged: [], samples: () => "recorded" }, []),
  );
  await store.close();
  const expectations = results.flatMap((result) => result.expectations);
  const figures = {
    seconds: (performance.now() - began) / 1000,
    // Kibibytes (node docs, process.resourceUsage).
    addedMebibytes: process.resourceUsage().maxRSS / 1024 - before / 1024 / 1024,
    expectations: expectations.length,
    unexplained: expectations.filter(({ status, why }) => status === "failed" && why.length === 0).length,
    unanswered: expectations.filter(({ why }) => why.some((line) => line.startsWith("could not look")))
      .length,
    pageBytes: bytes,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

void main(process.argv.slice(2));
