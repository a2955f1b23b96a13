import Table from "cli-table3";
import pc from "picocolors";

interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

type Outputs = Record<string, unknown>;

/** How to look at the cluster. */
export interface Access {
  kubeconfigPath: string;
  /** The program, as it can be typed. */
  kubectl: string;
}

/** What is deployed after an update, from the stack's outputs: conditions, endpoints, what to do next and how to look around. */
export function formatReport(outputs: Outputs, { kubeconfigPath, kubectl }: Access): string {
  return [
    pc.bold("\nDeployed"),
    conditionTable(outputs),
    ...section(
      "Endpoints",
      entries(outputs.endpoints).map(([name, address]) => `${name}: ${address}`),
    ),
    ...section("Next steps", strings(outputs.nextSteps)),
    ...section("Look around", [
      `export KUBECONFIG='${kubeconfigPath}'   # for this shell only; your own kubeconfig is not touched`,
      `${kubectl} get pods --all-namespaces`,
      "npm run preview              # 0 changes now",
      "npm run feature -- falco off # then: npm run preview, npm run up",
      "npm run stop                 # ends the cluster; --purge removes its data too",
    ]),
    "",
    "The nodes are simulated: the API, scheduling, admission and the Pulumi engine are real, but no container runs, so there are",
    "no logs and no events here, and nothing is made inside Elasticsearch. `npm run doctor -- --context NAME` says whether a cluster of yours can take the stack.",
  ].join("\n");
}

/** Whether every condition is True. */
export function allReady(outputs: Outputs): boolean {
  return conditions(outputs).every(({ status }) => status === "True");
}

function conditionTable(outputs: Outputs): string {
  const table = new Table({
    head: ["condition", "status", "reason", "message"],
    style: { head: [], border: [] },
  });
  for (const { type, status, reason, message } of conditions(outputs)) {
    const mark = status === "True" ? pc.green("✓") : pc.red("✗");
    table.push([`${mark} ${type} ${readyOf(outputs, type)}`.trimEnd(), status, reason, message]);
  }
  return table.toString();
}

/** Output `falcoReady` belongs to condition `FalcoReady`. */
function readyOf(outputs: Outputs, type: string): string {
  const found = Object.entries(outputs).find(([name]) => name.toLowerCase() === type.toLowerCase());
  return found ? String(found[1]) : "";
}

function conditions(outputs: Outputs): Condition[] {
  return Array.isArray(outputs.conditions) ? (outputs.conditions as Condition[]) : [];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", pc.bold(title), ...lines.map((line) => `  ${line}`)];
}

function entries(value: unknown): [string, unknown][] {
  return value && typeof value === "object" ? Object.entries(value) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
