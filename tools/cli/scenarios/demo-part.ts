import * as path from "node:path";
import { FEATURES } from "../../../components/registry";
import { SCENARIOS } from "../../../scenarios/all-scenarios";
import { evaluateChecklist } from "../../../scenarios/checklist/evaluate";
import { CORE } from "../../../scenarios/checklist/items";
import { taggedTechniques } from "../../../scenarios/report/coverage";
import { makeReport } from "../../../scenarios/report/report";
import { writeReport } from "../../../scenarios/report/write";
import { sampleEvidence } from "../../../scenarios/samples/samples";
import type { PipelineRig } from "../../../test/rigs/pipeline/rig";
import { LocalPipeline, prove } from "../../../test/rigs/scenarios/local";
import { INDICES } from "../../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../dev/elasticsearch/server";
import { checklistTable, proofTable, resultTable } from "./tables";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };

/**
 * The scenarios' part of the demo: all attacks as the sensors would log them, the whole report, then each core scenario
 * with its events withheld and mislabelled. False where a scenario does not pass, or another than the one that was
 * tampered with fails.
 */
export async function demonstrateScenarios(
  server: ElasticsearchServer,
  rig: PipelineRig,
  folder: string,
  say: (line: string) => void,
): Promise<boolean> {
  const pipeline = LocalPipeline.around(server, rig);
  try {
    await pipeline.clear();
    await pipeline.writeFindings();
    say(`${SCENARIOS.length} attacks are replayed, as the sensors would log them`);
    const results = await pipeline.replay(SCENARIOS);
    const facts = { store: pipeline.store, results, indices: INDICES, now: new Date() };
    const report = makeReport("replay", results, await evaluateChecklist(facts));
    writeReport(folder, report, COVERAGE);
    console.log(resultTable(report.scenarios));
    console.log(checklistTable(report));
    say("each core scenario once without its events, once with a mistake in them");
    const core = SCENARIOS.filter(({ id }) => CORE.some((one) => one === id));
    const proofs = await prove(pipeline, core, say);
    console.log(proofTable(proofs));
    console.log(`The report: ${path.resolve(folder, "report.html")}`);
    return report.allPassed && proofs.every(({ holds }) => holds);
  } finally {
    await pipeline.stop();
  }
}
