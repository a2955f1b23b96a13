import { SIZING } from "../../components/core/tables/sizing";
import { parseQuantity } from "../../components/kubernetes/quantity";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { type Figure, ratio, report } from "./figures";
import { measureLatency } from "./pipeline-latency";
import { AUDIT_LINES, FALCO_LINES } from "./pipeline-loads";
import { gatewayRatio, nodeRatio } from "./pipeline-throughput";
import { type Usage, usageAt } from "./pipeline-usage";

/** Of the bare collector in the same run. */
const LEAST_RATIO = 0.6;
const USAGE_LINES_PER_SECOND = 1000;
const LATENCY_LINES_PER_SECOND = 100;

/** From the sensor's file to the searchable document: latency, throughput against bare collectors, CPU and memory. */
export async function benchPipeline(): Promise<boolean> {
  endOnSignals();
  const server = await ElasticsearchServer.start();
  try {
    const figures = [
      ...(await latency(server)),
      ...(await usage(server)),
      ratio("node config / bare file_log -> otlp_grpc", await nodeRatio(server, FALCO_LINES), LEAST_RATIO),
      ratio(
        "gateway config / bare otlp -> elasticsearch",
        await gatewayRatio(server, FALCO_LINES),
        LEAST_RATIO,
      ),
    ];
    return report("pipeline, Falco lines of 1 KB", figures);
  } finally {
    await server.stop();
  }
}

/** The same configurations for audit events: out of them the node takes secrets, and over them the gateway has rules. */
export async function benchAudit(): Promise<boolean> {
  endOnSignals();
  const server = await ElasticsearchServer.start();
  try {
    return report("Kubernetes audit, three events of ten with a body", [
      ratio("node config / bare file_log -> otlp_grpc", await nodeRatio(server, AUDIT_LINES), LEAST_RATIO),
      ratio(
        "gateway config / bare otlp -> elasticsearch",
        await gatewayRatio(server, AUDIT_LINES),
        LEAST_RATIO,
      ),
    ]);
  } finally {
    await server.stop();
  }
}

async function latency(server: ElasticsearchServer): Promise<Figure[]> {
  const { median, p99 } = await measureLatency(server, LATENCY_LINES_PER_SECOND);
  const name = `file -> searchable at ${LATENCY_LINES_PER_SECOND} lines/s`;
  return [seconds(`${name}, median`, median, 2), seconds(`${name}, 99th percentile`, p99, 5)];
}

function seconds(name: string, value: number, bound: number): Figure {
  return { name, value: `${value.toFixed(2)} s`, bound: `< ${bound} s`, held: value < bound };
}

async function usage(server: ElasticsearchServer): Promise<Figure[]> {
  const used = await usageAt(server, USAGE_LINES_PER_SECOND);
  return [
    ...against("node collector", used.node, SIZING["nodeCollector"]!.limits),
    ...against("gateway", used.gateway, SIZING["gateway"]!.limits),
  ];
}

function against(name: string, used: Usage, limits: { cpu: string; memory: string }): Figure[] {
  const millicores = Math.round(used.cores * 1000);
  const mebibytes = Math.round(used.peakBytes / 1024 / 1024);
  const at = `${name} at ${USAGE_LINES_PER_SECOND} lines/s`;
  return [
    {
      name: `${at}, CPU`,
      value: `${millicores}m`,
      bound: `<= ${limits.cpu}`,
      held: used.cores <= parseQuantity(limits.cpu)!,
    },
    {
      name: `${at}, peak memory`,
      value: `${mebibytes}Mi`,
      bound: `<= ${limits.memory}`,
      held: used.peakBytes <= parseQuantity(limits.memory)!,
    },
  ];
}
