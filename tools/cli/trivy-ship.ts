import * as fs from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { Command, InvalidArgumentError, Option } from "commander";
import { apiKey, type Target } from "../../components/node-program/http-client";
import { kubeconfigTarget } from "../../components/node-program/kubeconfig-target";
import { NO_LISTS } from "../../components/trivy/exploitation/exploitation";
import type { FeedSource } from "../../components/trivy/exploitation/feed-source";
import { REPORTED_SCANNERS } from "../../components/trivy/reporter/all-kinds";
import { Store } from "../../components/trivy/reporter/findings-store";
import { Cluster } from "../../components/trivy/reporter/kubernetes";
import { EXIT } from "../../components/trivy/reporter/main";
import { runPass, type Stores, type Summary } from "../../components/trivy/reporter/pass";
import { RETRY_POLICY } from "../../components/trivy/reporter/retry";
import type { ReportedScanner, TrivySeverity } from "../../components/trivy/reporter/types";
import { TRIVY_SEVERITIES } from "../../components/trivy/trivy-severities";

interface Options {
  kubeconfig?: string;
  context?: string;
  es: string[];
  apiKeyFile?: string;
  ca?: string;
  index: string;
  postureIndex: string;
  scanners: ReportedScanner[];
  clusterName: string;
  severity: TrivySeverity;
  closeAfter: number;
  kev?: string;
  epss?: string;
}

const API_KEY = "ELASTICSEARCH_API_KEY";

function command(): Command {
  return new Command("npm run trivy:ship --")
    .description("One pass of the Trivy reporter from this shell: what the CronJob does every few minutes.")
    .option("--kubeconfig <file>", "kubeconfig; default: as kubectl finds it")
    .option("--context <name>", "context of the kubeconfig; default: the current one")
    .requiredOption("--es <url...>", "address of Elasticsearch, https or on this machine")
    .option("--api-key-file <file>", `encoded API key; default: the variable ${API_KEY}`)
    .option("--ca <file>", "PEM file with the CA of Elasticsearch")
    .requiredOption("--cluster-name <name>", "name of the cluster in the documents, as global.clusterName")
    .option("--index <name>", "index of the vulnerabilities", "security-vuln")
    .option("--posture-index <name>", "index of the other findings", "security-posture")
    .addOption(
      new Option(
        "--scanners <name...>",
        "scanners whose reports are read, as the config has them; what the others found is closed",
      )
        .choices(REPORTED_SCANNERS)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--severity <threshold>", "findings below are left out")
        .choices(Object.keys(TRIVY_SEVERITIES))
        .default("HIGH"),
    )
    .addOption(
      new Option("--close-after <minutes>", "how long a report must be missing until its findings are closed")
        .argParser(minutes)
        .default(360),
    )
    .option("--kev <file or URL>", "CISA's catalog of known exploited vulnerabilities (JSON)")
    .option("--epss <file or URL>", "scores of FIRST's EPSS (CSV)");
}

function listOf(place: string | undefined): FeedSource | undefined {
  if (place === undefined) return undefined;
  return place.startsWith("https:") ? { url: place } : { file: place };
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError("A number of minutes, not below 0.");
}

/** `npm run trivy:ship -- ...`; the exit code is that of the program in the cluster. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = command().parse(argv, { from: "user" }).opts<Options>();
  let cluster: Cluster | undefined;
  let stores: Stores | undefined;
  try {
    cluster = new Cluster(await clusterTarget(options), RETRY_POLICY);
    stores = storesOf(options);
    const summary = await runPass(cluster, stores, RETRY_POLICY, {
      scanners: options.scanners,
      clusterName: options.clusterName,
      severityThreshold: options.severity,
      closeAfterMs: options.closeAfter * 60_000,
      exploitation: { ...NO_LISTS, kev: listOf(options.kev), epss: listOf(options.epss) },
      now: new Date(),
    });
    console.log(describe(summary));
    return summary.refused > 0 ? EXIT.refused : EXIT.ok;
  } catch (error) {
    console.error(`trivy:ship: ${(error as Error).message}`);
    return EXIT.failed;
  } finally {
    await cluster?.close();
    await Promise.all(Object.values(stores ?? {}).map((store) => store.close()));
  }
}

function storesOf(options: Options): Stores {
  const targets = elasticsearchTargets(options);
  return {
    vulnerabilities: new Store(targets, options.index, RETRY_POLICY),
    posture: new Store(targets, options.postureIndex, RETRY_POLICY),
  };
}

async function clusterTarget(options: Options): Promise<Target> {
  const config = new KubeConfig();
  if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
  else config.loadFromDefault();
  if (options.context) config.setCurrentContext(options.context);
  if (!config.getCurrentCluster()?.server.startsWith("https:"))
    throw new Error("no kubeconfig with a current context was found: give --kubeconfig and --context");
  return kubeconfigTarget(config);
}

function elasticsearchTargets(options: Options): Target[] {
  const ca = options.ca ? fs.readFileSync(options.ca, "utf8") : undefined;
  const headers = { authorization: apiKey(keyOf(options)) };
  return options.es.map((url) => ({ url, ca, headers }));
}

function keyOf({ apiKeyFile }: Options): string {
  const key = apiKeyFile ? fs.readFileSync(apiKeyFile, "utf8") : process.env[API_KEY];
  if (!key?.trim()) throw new Error(`no API key: give --api-key-file or set ${API_KEY}`);
  return key.trim();
}

function describe(summary: Summary): string {
  const { subjects, read, written, closed, rated, feeds, missing, refused, refusals, bytes } = summary;
  return [
    `${subjects} scanned containers and objects, ${read} reports read; ${written} findings written, ${closed} closed, ${rated} rated anew, ${bytes} bytes sent`,
    ...feeds.map(({ name, entries, ageHours, fault }) =>
      [`${name}: ${entries ?? "no"} entries, ${ageHours ?? "?"} hours old`, ...(fault ? [fault] : [])].join(
        "; ",
      ),
    ),
    ...(missing > 0 ? [`${missing} scanned containers and objects have no report any more or for now`] : []),
    ...(refused > 0 ? [`${refused} documents were refused by Elasticsearch, among them:`] : []),
    ...refusals.map(({ id, reason }) => `  ${id}: ${reason}`),
  ].join("\n");
}
