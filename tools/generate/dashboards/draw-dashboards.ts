import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { dataViews } from "../../../components/documents/data-views";
import type { Panel } from "../../../components/documents/panel";
import { allDashboards } from "../../../components/elastic/dashboards/all-dashboards";
import { type Figures, readAnswer, searchBody } from "../../../components/elastic/dashboards/query";
import { FEATURES } from "../../../components/registry";
import { endOnSignals } from "../../../test/rigs/pipeline/end-on-signals";
import { installTemplates } from "../../../test/rigs/pipeline/rig";
import { launchChromium } from "../../dev/chromium";
import { INDICES } from "../../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../../dev/elasticsearch/server";
import { sayAs } from "../../dev/say";
import { ensureTools } from "../../dev/toolchain/ensure";
import { dashboardPage, WIDTH } from "./dashboard-page";
import { fillStore } from "./fill";

const say = sayAs("dashboards");

const IMAGES = path.join(__dirname, "..", "..", "..", "docs", "images");
/** A step that gives a day about as many columns as Kibana would. */
const STEP = "30m";

/** `npm run docs:dashboards`: writes docs/images/<dashboard>.png. */
export async function main(args: readonly string[]): Promise<number> {
  new Command("npm run docs:dashboards --")
    .description(
      "Draws the dashboards from their definitions into docs/images: sample events go through the real collectors into a real Elasticsearch, which answers each panel's query; Chromium makes the pictures.",
    )
    .parse(args, { from: "user" });
  endOnSignals();
  await ensureTools(["otelcol-contrib", "elasticsearch", "chromium"]);
  say("Elasticsearch starts, with the stack's index templates");
  const server = await ElasticsearchServer.start({ quickStart: true });
  try {
    await installTemplates(server);
    say("sample events go through the collectors");
    await fillStore(server, new Date());
    await draw(await askAll(server));
  } finally {
    await server.stop();
  }
  return 0;
}

const DASHBOARDS = allDashboards(registryFacts(FEATURES));

async function askAll(server: ElasticsearchServer): Promise<Map<Panel, readonly Figures[]>> {
  const views = dataViews(INDICES);
  const answers = new Map<Panel, readonly Figures[]>();
  for (const { from, rows } of DASHBOARDS)
    for (const panel of rows.flatMap(({ panels }) => panels)) {
      const { title, timeField } = views[panel.dataView];
      const body = searchBody(panel, { timeField, from, step: STEP });
      answers.set(panel, readAnswer(panel, await server.client.must("POST", `/${title}/_search`, body)));
    }
  return answers;
}

async function draw(figures: Map<Panel, readonly Figures[]>): Promise<void> {
  const titles = DASHBOARDS.map(({ title }) => title);
  const folder = mkdtempSync(path.join(tmpdir(), "security-stack-dashboards-"));
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ offline: true, viewport: { width: WIDTH, height: 600 } });
    const page = await context.newPage();
    mkdirSync(IMAGES, { recursive: true });
    for (const dashboard of DASHBOARDS) {
      const file = path.join(folder, `${dashboard.id}.html`);
      writeFileSync(file, dashboardPage(dashboard, titles, figures));
      await page.goto(pathToFileURL(file).href);
      const image = path.join(IMAGES, `${dashboard.id}.png`);
      await page.screenshot({ path: image, fullPage: true });
      console.log(`${path.relative(process.cwd(), image)}: ${(statSync(image).size / 1000).toFixed(0)} KB`);
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
