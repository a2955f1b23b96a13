import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Namespaces } from "../core/contract/namespaces";
import type { FalcoConfig } from "./falco-schema";

const FOLDER = path.join(__dirname, "rules");

/** The stack's rules files by name, in the order in which Falco loads them: that of the names. */
export function stackRules(config: FalcoConfig, namespaces: Namespaces): Record<string, string> {
  const files = fs.readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
  const texts = files.map((file) => [file, fs.readFileSync(path.join(FOLDER, file), "utf8")] as const);
  const generated = ["00-stack.yaml", stackLists(config, namespaces)] as const;
  return Object.fromEntries([generated, ...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The lists that the rules need from the stack config. */
function stackLists(config: FalcoConfig, namespaces: Namespaces): string {
  const lists: Record<string, readonly (string | number)[]> = {
    security_stack_namespaces: [namespaces.privileged, namespaces.restricted],
    cluster_networks: config.outbound.clusterCidrs,
    k8s_api_addresses: config.kubernetesApi.addresses,
    k8s_api_ports: config.kubernetesApi.ports,
    outbound_watched_namespaces: config.outbound.namespaces,
  };
  return stringify(Object.entries(lists).map(([list, items]) => ({ list, items: items.map(quoteItem) })));
}

// Items go into conditions as they are: what is no plain word has to bring its own quotes.
function quoteItem(item: string | number): string | number {
  return typeof item === "number" ? item : `"${item}"`;
}
