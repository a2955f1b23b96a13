import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Namespaces } from "../core/contract/namespaces";
import type { FalcoConfig } from "./falco-schema";
import {
  HANDS_ON_PATHS,
  HANDS_ON_TOOLS,
  IMAGE_UNPACKER_PATTERN,
  ociRuntimePattern,
  SHELL_PATHS,
  SHIM_PATTERN,
} from "./programs";

const FOLDER = path.join(__dirname, "rules");

/** The stack's rules files by name, in the order in which Falco loads them: that of the names. */
export function stackRules(config: FalcoConfig, namespaces: Namespaces): Record<string, string> {
  const files = fs.readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
  const texts = files.map((file) => [file, fs.readFileSync(path.join(FOLDER, file), "utf8")] as const);
  const generated = ["00-stack.yaml", generatedRules(config, namespaces)] as const;
  return Object.fromEntries([generated, ...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lists and macros that the rules need from the stack config and from the table of programs. */
function generatedRules(config: FalcoConfig, namespaces: Namespaces): string {
  const lists = Object.entries(listsOf(config, namespaces)).map(([list, items]) => ({
    list,
    items: items.map(quoteItem),
  }));
  const macros = Object.entries(macrosOf(config)).map(([macro, condition]) => ({ macro, condition }));
  return stringify([...lists, ...macros], { lineWidth: 0 });
}

function listsOf(config: FalcoConfig, namespaces: Namespaces): Record<string, readonly (string | number)[]> {
  const { addresses, ports } = config.kubernetesApi;
  return {
    security_stack_namespaces: [namespaces.privileged, namespaces.restricted],
    cluster_networks: config.outbound.clusterCidrs,
    k8s_api_addresses: addresses,
    k8s_api_ports: ports,
    // As `evt.arg.addr` has them, an IPv6 address without brackets (libs: ipv6serveraddr_to_string).
    k8s_api_endpoints: addresses.flatMap((address) => ports.map((port) => `${address}:${port}`)),
    outbound_watched_namespaces: config.outbound.namespaces,
    hands_on_tools: HANDS_ON_TOOLS,
    hands_on_paths: HANDS_ON_PATHS,
    shell_paths: SHELL_PATHS,
  };
}

function macrosOf({ runtimePaths }: FalcoConfig): Record<string, string> {
  const runtime = ociRuntimePattern(runtimePaths);
  return {
    runtime_program: `(proc.exepath regex "${runtime}" or proc.exepath regex "${SHIM_PATTERN}")`,
    started_by_runtime: `(proc.aexepath[1] regex "${runtime}" or proc.aexepath[2] regex "${runtime}")`,
    image_unpacker: `proc.exepath regex "${IMAGE_UNPACKER_PATTERN}"`,
  };
}

// Items go into conditions as they are: what is no plain word has to bring its own quotes.
function quoteItem(item: string | number): string | number {
  return typeof item === "number" ? item : `"${item}"`;
}
