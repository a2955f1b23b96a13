import type { OcsfMapping } from "../../documents/ocsf/mapping";

/** The mappings of the tools, each as the module that exports it, or as it is where it has no rows. */
export type MappingModules = Readonly<Record<string, object>>;

/** @throws Error where a module exports no mapping */
export function toolMappings(modules: MappingModules): { tool: string; ocsf: OcsfMapping }[] {
  return Object.entries(modules).map(([tool, module]) => {
    const ocsf = [module, ...Object.values(module)].find(isMapping);
    if (!ocsf) throw new Error(`the source of ${tool} exports no mapping to OCSF`);
    return { tool, ocsf };
  });
}

function isMapping(value: unknown): value is OcsfMapping {
  return typeof value === "object" && value !== null && "product" in value && "rows" in value;
}
