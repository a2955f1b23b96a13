import { defineScenario, type Query } from "../model/scenario-schema";
import containers from "../queries/container.osquery.json";
import host from "../queries/host.osquery.json";
import kernel from "../queries/kernel.osquery.json";
import modules from "../queries/kernel-module.osquery.json";
import ports from "../queries/listening-port.osquery.json";

// The pipeline keeps one document for each state of a row, and of a row that stays one a day.
const ONE_DAY = 26 * 3600;

/** What a snapshot tells. */
const inventory = (what: string, query: unknown, fields: Record<string, { exists: true }>) => ({
  tool: "osquery",
  what,
  query: query as Query,
  withinSeconds: 900,
  lookbackSeconds: ONE_DAY,
  fields: { "host.name": { exists: true } as const, ...fields },
});

/** A row of which osquery logs only the coming and the going. */
const row = (what: string, query: unknown, fields: Record<string, { exists: true }>) => ({
  ...inventory(what, query, fields),
  lookbackSeconds: 0,
  current: true,
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
    row("an open port with its process", ports, {
      "network.port": { exists: true },
      "network.protocol": { exists: true },
      "process.name": { exists: true },
    }),
    row("a running container", containers, { "container.id": { exists: true } }),
    row("a loaded kernel module", modules, { "osquery.columns.name": { exists: true } }),
  ],
});
