import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { IMAGES } from "../../components/core/tables/pins";

/** What the collector's builder reads, beside the module that is built from it. */
export const BUILD_LIST = path.join(
  __dirname,
  "..",
  "dev",
  "toolchain",
  "go",
  "otelcol-contrib",
  "builder.yaml",
);

const CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib";
const CORE = "go.opentelemetry.io/collector";

/** Modules of a collector with the components that the stack's pipelines use. */
const COMPONENTS = {
  extensions: [
    `${CONTRIB}/extension/storage/filestorage`,
    `${CONTRIB}/extension/healthcheckextension`,
    `${CONTRIB}/extension/bearertokenauthextension`,
  ],
  receivers: [
    `${CONTRIB}/receiver/filelogreceiver`,
    `${CONTRIB}/receiver/kafkareceiver`,
    `${CORE}/receiver/otlpreceiver`,
  ],
  processors: [
    `${CORE}/processor/batchprocessor`,
    `${CORE}/processor/memorylimiterprocessor`,
    `${CONTRIB}/processor/transformprocessor`,
    `${CONTRIB}/processor/k8sattributesprocessor`,
    `${CONTRIB}/processor/resourceprocessor`,
    `${CONTRIB}/processor/filterprocessor`,
    `${CONTRIB}/processor/attributesprocessor`,
    `${CONTRIB}/processor/groupbyattrsprocessor`,
    `${CONTRIB}/processor/probabilisticsamplerprocessor`,
  ],
  connectors: [`${CONTRIB}/connector/routingconnector`, `${CONTRIB}/connector/countconnector`],
  exporters: [
    `${CONTRIB}/exporter/elasticsearchexporter`,
    `${CONTRIB}/exporter/fileexporter`,
    `${CONTRIB}/exporter/kafkaexporter`,
    `${CONTRIB}/exporter/awscloudwatchlogsexporter`,
    `${CONTRIB}/exporter/awss3exporter`,
    `${CORE}/exporter/otlpexporter`,
    `${CORE}/exporter/otlphttpexporter`,
    `${CORE}/exporter/debugexporter`,
  ],
};

const PROVIDERS = ["env", "file", "yaml", "http", "https"].map(
  (name) => `${CORE}/confmap/provider/${name}provider`,
);

/** The builder's list for the collector that is deployed: its version is that of the pinned image. */
export function collectorBuildList(): string {
  const version = IMAGES.otelCollector.tag;
  const section = (name: string, modules: readonly string[], of: string) => [
    `${name}:`,
    ...modules.map((module) => `  - gomod: ${module} v${of}`),
  ];
  return [
    "dist:",
    "  module: security-stack/toolchain/otelcol-contrib",
    "  name: otelcol-contrib",
    "  description: OpenTelemetry Collector with the components this stack uses",
    `  version: ${version}`,
    "  output_path: ./out",
    ...Object.entries(COMPONENTS).flatMap(([name, modules]) => section(name, modules, version)),
    ...section("providers", PROVIDERS, stableVersion(version)),
    "",
  ].join("\n");
}

/**
 * The stable modules of a collector's release: 0.N goes with 1.(N-94) (opentelemetry-collector, CHANGELOG.md:
 * "v1.58.0/v0.152.0").
 */
function stableVersion(version: string): string {
  const [, minor = "0", patch = "0"] = version.split(".");
  return `1.${Number(minor) - 94}.${patch}`;
}

/** `npm run collector:build-list`. */
export function main(args: readonly string[]): void {
  new Command("npm run collector:build-list")
    .description("Writes the collector's build list for the version of the pinned image.")
    .parse(args, { from: "user" });
  fs.writeFileSync(BUILD_LIST, collectorBuildList());
  console.log(path.relative(process.cwd(), BUILD_LIST));
}
