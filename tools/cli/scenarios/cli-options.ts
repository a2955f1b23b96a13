import { Command, InvalidArgumentError } from "commander";
import { ALL_SCENARIOS } from "../../../scenarios/all-scenarios";
import { LEASE_NAMESPACE } from "../../../scenarios/cluster/rights";

export interface Options {
  list: boolean;
  replay: boolean;
  prove: boolean;
  /** Milliseconds. */
  idle?: number;
  fromLog?: string;
  only?: string[];
  context?: string;
  kubeconfig?: string;
  es?: string;
  apiKeyFile?: string;
  ca?: string;
  stack: string;
  clusterName?: string;
  registry?: string;
  protect: string[];
  yes?: string;
  ignoreSensors: boolean;
  lockNamespace: string;
  lockSeconds: number;
  report: string;
}

/** Names of contexts, clusters and servers that are never attacked. */
const PROTECTED = "SECURITY_STACK_PROTECTED_CONTEXTS";
export const API_KEY = "ELASTICSEARCH_API_KEY";

/** The options of `npm run scenarios -- ...`. */
export function parseOptions(argv: readonly string[]): Options {
  return command()
    .parse([...argv], { from: "user" })
    .opts<Options>();
}

function command(): Command {
  return new Command("npm run scenarios --")
    .description("Attacks test pods of a cluster and checks in Elasticsearch whether the stack detected it.")
    .option("--list", "list the scenarios and end", false)
    .option(
      "--replay",
      "no cluster: log lines of the attacks through a real collector and Elasticsearch here",
      false,
    )
    .option(
      "--prove",
      "with --replay: then tamper with each core scenario and show that it alone fails",
      false,
    )
    .option(
      "--from-log <file>",
      "only write the reports of the run whose log this is: of the Job in a cluster",
    )
    .option(
      "--idle <time>",
      "no attack: what the sensors write in a quiet time, like 5m, against a budget of 50 documents a node in five minutes",
      duration,
    )
    .option("--only <ids...>", `scenarios to run: ${ALL_SCENARIOS.map(({ id }) => id).join(", ")}`)
    .option(
      "--context <name>",
      "context of the kubeconfig; always named, so that none is attacked by mistake",
    )
    .option("--kubeconfig <file>", "kubeconfig; default: as kubectl finds it")
    .option("--es <url>", "address of Elasticsearch, https")
    .option(
      "--api-key-file <file>",
      `encoded API key that may read the indices; default: the variable ${API_KEY}`,
    )
    .option("--ca <file>", "PEM file with the CA of Elasticsearch")
    .option("-s, --stack <name>", "stack whose config names the indices, the cluster and what is on", "dev")
    .option(
      "--cluster-name <name>",
      "only documents of this cluster; default: global.clusterName of the stack",
    )
    .option("--registry <host>", "registry mirror for the images of the test pods")
    .option(
      "--protect <names...>",
      `contexts, clusters or servers that are refused, * for any characters; default: the variable ${PROTECTED}`,
      (process.env[PROTECTED] ?? "").split(/[\s,]+/).filter(Boolean),
    )
    .option("--yes <context>", "answers the question about a context that sounds like production")
    .option("--ignore-sensors", "run even where not all sensors are ready", false)
    .option("--lock-namespace <name>", "namespace of the Lease that lets one run at a time", LEASE_NAMESPACE)
    .option("--lock-seconds <seconds>", "after which silence a killed run's lock is taken over", seconds, 15)
    .option("--report <folder>", "where the reports are written", "reports/scenarios")
    .addHelpText("after", "\nExit code: 0 all passed, 1 not all, 2 refused or not possible, 130 stopped.");
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+)([smh])$/.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit] ?? 0);
  if (value > 0 && value <= 48 * UNITS["h"]!) return value;
  throw new InvalidArgumentError("A time like 90s, 5m or 1h, at most 48h.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 600) return value;
  throw new InvalidArgumentError("Seconds from 1 to 600.");
}
