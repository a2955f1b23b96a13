import type { ToolDocuments } from "../../documents/documents";
import { COMMON_FIELDS, fieldsIn } from "../../documents/index-templates";
import { mergeFields } from "../../documents/merge-fields";
import { compare } from "../../documents/sort-keys";
import type { RegistryFacts } from "../contract/context";
import { ContractError } from "../contract/contract-error";
import { documentsOf, type Feature } from "../contract/feature";

const COMMON = { tool: "the fields that all documents have", fields: COMMON_FIELDS };

/**
 * What the features of the whole registry bring, switched on or off: so that templates, alert rules and dashboards
 * do not change with a toggle.
 * @throws ContractError where two tools have one name, a field has two types or a severity is none.
 */
export function registryFacts(features: readonly Feature[]): RegistryFacts {
  const byName = [...features].sort((a, b) => compare(a.name, b.name));
  const documents = byName.flatMap((feature) => documentsOf(feature) ?? []);
  documents.sort((a, b) => compare(a.tool, b.tool));
  refuseSharedTools(byName);
  documents.forEach(refuseSeverities);
  refuseFieldConflicts(documents);
  return {
    documents,
    dashboards: byName.flatMap((feature) => feature.dashboards ?? []),
    panels: byName.flatMap((feature) => feature.panels ?? []),
    hostPrograms: byName.flatMap((feature) => feature.hostPrograms ?? []).sort(),
  };
}

function refuseSharedTools(features: readonly Feature[]): void {
  const owners = new Map<string, string>();
  for (const feature of features) {
    const tool = documentsOf(feature)?.tool;
    if (tool === undefined) continue;
    const owner = owners.get(tool);
    if (owner !== undefined)
      throw new ContractError(
        "FTR006",
        `the documents of ${owner} and of ${feature.name} are both those of the tool "${tool}"`,
        "give each feature's documents a tool name of their own",
      );
    owners.set(tool, feature.name);
  }
}

function refuseSeverities({ tool, severities }: ToolDocuments): void {
  for (const [word, severity] of Object.entries(severities))
    if (!Number.isInteger(severity) || severity < 1 || severity > 5)
      throw new ContractError(
        "FTR005",
        `${tool} gives its "${word}" the severity ${severity}`,
        "5 critical, 4 high, 3 medium, 2 low, 1 informational",
      );
}

function refuseFieldConflicts(documents: readonly ToolDocuments[]): void {
  const indices = documents.flatMap(({ index, further = [] }) => [index, ...further.map((one) => one.index)]);
  for (const index of new Set(indices)) {
    const [conflict] = mergeFields([COMMON, ...fieldsIn(index, documents)]).conflicts;
    if (conflict)
      throw new ContractError(
        "FTR004",
        `the field ${conflict.field} has one type in ${conflict.tools[0]} and another in ${conflict.tools[1]}`,
        "give both the same type, or the field of one another name",
      );
  }
}
