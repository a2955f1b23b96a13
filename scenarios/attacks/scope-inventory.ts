import { defineScenario, type Query } from "../model/scenario-schema";
import containers from "../queries/container.osquery.json";
import host from "../queries/host.osquery.json";
import kernel from "../queries/kernel.osquery.json";
import modules from "../queries/kernel-module.osquery.json";
import ports from "../queries/listening-port.osquery.json";
import { osqueryRow, osquerySnapshot } from "../samples/osquery";

// The pipeline keeps one document for each state of a row, and of a row that stays one a day.
const ONE_DAY = 26 * 3600;

const inventory = (what: string, query: unknown, fields: Record<string, { exists: true }>) => ({
  tool: "osquery",
  what,
  query: query as Query,
  withinSeconds: 900,
  lookbackSeconds: ONE_DAY,
  fields: { "host.name": { exists: true } as const, ...fields },
});

export const scopeInventory = defineScenario({
  id: "scope-inventory",
  title: "The inventory of the nodes is in the store",
  stage: "scoping",
  techniques: [],
  danger: "none",
  proves: "What there is to protect is known: nodes, kernels, open ports, containers and kernel modules.",
  pods: [],
  steps: [],
  expectations: [
    inventory("hardware and host name of a node", host, { "host.hostname": { exists: true } }),
    inventory("running kernel of a node", kernel, { "host.os.kernel": { exists: true } }),
    inventory("an open port with its process", ports, {
      "network.port": { exists: true },
      "network.protocol": { exists: true },
      "process.name": { exists: true },
    }),
    inventory("a running container", containers, { "container.id": { exists: true } }),
    inventory("a loaded kernel module", modules, { "osquery.columns.name": { exists: true } }),
  ],
  samples: [
    osquerySnapshot("system_info", { hostname: "node-1", uuid: "a-b-c", physical_memory: "16777216000" }),
    osquerySnapshot("kernel_info", { version: "6.8.0-45-generic", arguments: "", device: "" }),
    osqueryRow("listening_ports", {
      port: "80",
      protocol: "6",
      family: "2",
      address: "0.0.0.0",
      pid: "31",
      name: "nginx",
      path: "/usr/sbin/nginx",
    }),
    osqueryRow("containers", {
      container_id: "63".repeat(32),
      pod_uid: "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
      pid: "31",
      name: "nginx",
      path: "/usr/sbin/nginx",
      start_time: "1783089000",
    }),
    osqueryRow("kernel_modules", { name: "overlay", size: "151552", status: "Live" }),
  ],
});
