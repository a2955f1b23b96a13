import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { policyLevelOf } from "../../components/core/config/exceptions";
import { isRecord } from "../../components/core/config/issues";
import { plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { version } from "../../package.json";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { Fault } from "../dev/cluster/fault";
import { coverage, partsOf, rowsOf } from "../generate/compliance/evidence";
import { componentDefinition } from "../generate/compliance/oscal";
import { compliancePage } from "../generate/compliance/page";
import { type ScenarioOutcome, stateIn } from "../generate/compliance/state";
import { settingsOf, stackFile } from "./stack-file";

const ROOT = path.join(__dirname, "..", "..");

interface Options {
  stack: string;
  report?: string;
  out: string;
  repository?: string;
}

/** `npm run compliance`: what a stack supports of which standard, as a page and as OSCAL. */
export function main(args: readonly string[]): number {
  const options = new Command("npm run compliance --")
    .description(
      "Writes what a stack's features, policies and attack scenarios support of security standards: compliance.md and an OSCAL component definition.",
    )
    .option("-s, --stack <name>", "stack whose state it is", "dev")
    .option("--report <file>", "report.json of `npm run scenarios`, for the scenarios' last results")
    .option("--out <folder>", "folder to write into", path.join("reports", "compliance"))
    .option(
      "--repository <url>",
      "address of this repository's files for links to the evidence; default: this checkout",
    )
    .parse(args, { from: "user" })
    .opts<Options>();
  const repository = options.repository ?? path.relative(path.resolve(options.out), ROOT);
  const parts = partsOf({ features: FEATURES, policies: POLICIES, scenarios: SCENARIOS });
  const rows = rowsOf(parts);
  const settings = settingsOf(stackFile(options.stack));
  const environment = policyLevelOf(settings.envelope.global.policyLevel, {
    stack: options.stack,
    today: "",
  });
  const results = options.report === undefined ? [] : outcomesOf(options.report);
  const state = stateIn({ plan: plan(settings), policies: POLICIES, environment, results });
  const title = `Security Stack: ${options.stack}`;
  const now = new Date().toISOString();
  const introduction = `State of the stack ${options.stack} as of ${now}, by its config and the policy levels of ${environment}. "Supports" is all that it says.`;
  write(options.out, "compliance.md", compliancePage(rows, { title, introduction, state, root: repository }));
  const definition = componentDefinition(parts, {
    ...{ title, version, lastModified: now, repository, state },
  });
  write(options.out, "component-definition.json", `${JSON.stringify(definition, null, 2)}\n`);
  for (const { framework, supported, all } of coverage(rows))
    console.log(`${framework.title}: ${supported} of ${all} chapters supported`);
  return 0;
}

function write(folder: string, file: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
  console.log(`written ${path.join(folder, file)}`);
}

/** Of a report's scenarios their ids and results. */
function outcomesOf(file: string): ScenarioOutcome[] {
  let report: unknown;
  try {
    report = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    throw new Fault(`${file} is not a report that can be read.`, {
      fix: "Give report.json of `npm run scenarios`.",
    });
  }
  const list = isRecord(report) ? report["scenarios"] : undefined;
  if (!Array.isArray(list))
    throw new Fault(`${file} has no scenarios.`, { fix: "Give report.json of `npm run scenarios`." });
  return list.flatMap((one) =>
    isRecord(one) && typeof one["id"] === "string" && typeof one["status"] === "string"
      ? [{ id: one["id"], status: one["status"] }]
      : [],
  );
}
