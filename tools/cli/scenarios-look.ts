import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../dev/chromium";

/** What a browser has to say about a page. */
export interface Look {
  kilobytes: number;
  /** From the request of the file to its load event. */
  milliseconds: number;
  consoleErrors: string[];
  /** Addresses that the page asked for beside itself. */
  requests: string[];
  /** Serious and critical findings of axe, in both color schemes: "color-contrast: .card (dark)". */
  accessibility: string[];
  /** Where the Tab key leads, in order. */
  tabStops: string[];
  screenshots: string[];
}

const SCHEMES = ["light", "dark"] as const;
/** What a screenshot begins with: the top, and the part of the page whose colors mean something. */
const SHOWN = { light: "", dark: "#coverage" };
const SIZE = { width: 1280, height: 900 };

/** Opens a report in a real Chromium that has no network, and takes screenshots of it into a folder. */
export async function lookAt(file: string, folder: string): Promise<Look> {
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium();
  try {
    const seen = await open(browser, file);
    const schemes = await Promise.all(SCHEMES.map((scheme) => inScheme(browser, file, folder, scheme)));
    return {
      kilobytes: statSync(file).size / 1000,
      ...seen,
      accessibility: schemes.flatMap(({ accessibility }) => accessibility),
      screenshots: schemes.map(({ screenshot }) => screenshot),
    };
  } finally {
    await browser.close();
  }
}

async function open(
  browser: Browser,
  file: string,
): Promise<Pick<Look, "milliseconds" | "consoleErrors" | "requests" | "tabStops">> {
  const context = await browser.newContext({ offline: true, viewport: SIZE });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const consoleErrors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => consoleErrors.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) requests.push(request.url());
  });
  const began = performance.now();
  await page.goto(address, { waitUntil: "load" });
  const milliseconds = performance.now() - began;
  return { milliseconds, consoleErrors, requests, tabStops: await tabStops(page) };
}

async function tabStops(page: Page): Promise<string[]> {
  const stops: string[] = [];
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate("document.activeElement?.textContent?.trim().slice(0, 40) ?? ''"));
  }
  return stops;
}

async function inScheme(browser: Browser, file: string, folder: string, scheme: (typeof SCHEMES)[number]) {
  // axe is a script, which the page's own policy would not let in.
  const context = await browser.newContext({
    ...{ offline: true, viewport: SIZE, colorScheme: scheme, bypassCSP: true },
  });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href + SHOWN[scheme]);
  const screenshot = path.join(folder, `report-${scheme}.png`);
  await page.screenshot({ path: screenshot });
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
  await page.addScriptTag({ content: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") });
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  const accessibility = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ target }) => target.join(" "))
          .join(", ")} (${scheme})`,
    );
  return { screenshot, accessibility };
}

/** `npm run scenarios:look -- [report.html]`: exit code 1 where the browser finds something. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run scenarios:look --")
    .description("Opens the scenarios' report in Chromium: errors, requests, accessibility, screenshots.")
    .argument("[report]", "the page", "reports/scenarios/report.html")
    .option("--screenshots <folder>", "where they are written; default: beside the page")
    .parse(args, { from: "user" });
  const file = command.processedArgs[0] as string;
  if (!existsSync(file))
    throw Object.assign(new Error(`${file} is not there.`), {
      fix: "Run npm run scenarios -- --replay first.",
    });
  const beside = path.join(path.dirname(path.resolve(file)), "screenshots");
  const { screenshots = beside } = command.opts<{ screenshots?: string }>();
  const look = await lookAt(path.resolve(file), screenshots);
  const problems = problemsOf(look);
  console.log(
    `${look.kilobytes.toFixed(0)} KB, opened in ${look.milliseconds.toFixed(0)} ms; Tab leads to ${look.tabStops.join(", ")}`,
  );
  console.log(`screenshots: ${look.screenshots.join(", ")}`);
  for (const problem of problems) console.error(problem);
  console.log(
    problems.length === 0 ? "The browser and axe have nothing to object to." : `${problems.length} problems`,
  );
  return problems.length === 0 ? 0 : 1;
}

/** The bounds of the report: under 500 KB, under 1 s, and nothing that the browser or axe objects to. */
export function problemsOf(look: Look): string[] {
  const { kilobytes, milliseconds, consoleErrors, requests, accessibility, tabStops } = look;
  return [
    ...(kilobytes < 500 ? [] : [`it has ${kilobytes.toFixed(0)} KB, at most 500`]),
    ...(milliseconds < 1000 ? [] : [`it opened in ${milliseconds.toFixed(0)} ms, at most 1000`]),
    ...consoleErrors.map((text) => `console: ${text}`),
    ...requests.map((address) => `request: ${address}`),
    ...accessibility.map((finding) => `accessibility: ${finding}`),
    ...(new Set(tabStops).size > 6 ? [] : ["the Tab key does not lead through the page"]),
  ];
}
