import { NODE_AGENT } from "../../components/core/plan/overrides";
import { SIZING } from "../../components/core/tables/sizing";
import { labelsOf } from "../kubernetes/object";
import { isWorkload } from "../kubernetes/pods";
import { isMap, shown } from "../kubernetes/read";
import type { Stack, StackPolicy } from "../pack/policy";

const CONFIG_KEY = "security-stack:override";
const PARTS = { requests: ["cpu", "memory"], limits: ["cpu", "memory"] };
const FIELDS = ["resources", "tolerations", "nodeSelector", "replicas", "priorityClassName", "image"];

export const overrideFields: StackPolicy = {
  name: "override-fields",
  rule: "An override changes only what overrides may, of a workload that is there.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9", "8.32"], cis: [] },
  fix: "remove it from security-stack:override; what a pod may do is its feature's business, not an override's",
  needsPulumi: true,
  checkStack(stack, report) {
    if (stack.config === undefined)
      return report.notChecked("this Pulumi engine hands a pack no stack config");
    const text = stack.config[CONFIG_KEY];
    if (text === undefined) return;
    const overrides = readOverrides(text);
    if (!isMap(overrides))
      return report.violation({ found: `override ${shown(overrides)}`, allowed: "a map of workloads" });
    const targets = [NODE_AGENT, ...Object.keys(SIZING), ...workloadNames(stack)];
    for (const [target, override] of Object.entries(overrides)) {
      if (!targets.includes(target))
        report.violation({ where: `override.${target}`, found: target, allowed: targets.join(", ") });
      for (const field of unknownFields(override))
        report.violation({
          where: `override.${target}.${field}`,
          found: field,
          allowed: `${FIELDS.join(", ")}; of resources requests and limits of cpu and memory`,
        });
    }
  },
};

function readOverrides(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Names of the workloads as overrides spell them: "node-collector" is nodeCollector. */
function workloadNames({ objects }: Stack): string[] {
  const labels = objects.filter(isWorkload).map((object) => labelsOf(object)["app.kubernetes.io/name"]);
  const names = labels.filter((label) => label !== undefined);
  return [
    ...new Set(names.map((name) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()))),
  ];
}

function unknownFields(override: unknown): string[] {
  if (!isMap(override)) return [shown(override)];
  const unknown = Object.keys(override).filter((field) => !FIELDS.includes(field));
  const resources = override["resources"];
  if (!isMap(resources)) return unknown;
  for (const [part, values] of Object.entries(resources)) {
    const known: readonly string[] = Object.hasOwn(PARTS, part) ? PARTS[part as keyof typeof PARTS] : [];
    const keys = isMap(values) ? Object.keys(values) : [];
    if (known.length === 0) unknown.push(`resources.${part}`);
    else unknown.push(...keys.filter((key) => !known.includes(key)).map((key) => `resources.${part}.${key}`));
  }
  return unknown;
}
