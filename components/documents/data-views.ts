import { allEvents, currentInventory, type Indices } from "./store";

/** Which documents a panel is about. */
export type DataViewName =
  | "all"
  | "events"
  | "arrivals"
  | "inventory"
  | "audit"
  | "network"
  | "mesh"
  | "admission"
  | "vulnerabilities"
  | "posture"
  | "correlations"
  | "responses"
  | "deadLetters";

/** A data view of Kibana (Kibana docs, "Data views API"). */
export interface KibanaDataView {
  /** Fixed, so that dashboards and links find it after it was created again. */
  id: string;
  name: string;
  /** Names of indices, separated by commas; * stands for any characters. */
  title: string;
  /** Left out where documents are a current state, which no time range is to hide. */
  timeField?: string;
}

/** The data views for the index names that the config gives. */
export function dataViews(indices: Indices): Record<DataViewName, KibanaDataView> {
  const { events, inventory, audit, network, mesh, admission, vulnerabilities, posture } = indices;
  const { correlations, responses, deadLetter } = indices;
  const time = { timeField: "@timestamp" };
  return {
    all: { id: "security-all", name: "Security: everything", title: everything(indices), ...time },
    events: { id: "security-events", name: "Security: events", title: allEvents(indices), ...time },
    audit: { id: "security-audit", name: "Security: Kubernetes audit", title: audit, ...time },
    network: { id: "security-network", name: "Security: network", title: network, ...time },
    mesh: { id: "security-mesh", name: "Security: mesh", title: mesh, ...time },
    admission: { id: "security-admission", name: "Security: admission", title: admission, ...time },
    // Once each: without the current inventory, which is a copy, and what is a state and never arrives.
    arrivals: {
      id: "security-arrivals",
      name: "Security: what the sensors sent",
      title: [events, inventory, audit, network, mesh, admission, deadLetter].join(","),
      ...time,
    },
    inventory: {
      id: "security-inventory",
      name: "Security: current inventory",
      title: currentInventory(indices),
    },
    vulnerabilities: {
      id: "security-vulnerabilities",
      name: "Security: vulnerabilities",
      title: vulnerabilities,
    },
    posture: { id: "security-posture", name: "Security: posture", title: posture },
    correlations: {
      id: "security-correlations",
      name: "Security: correlations",
      title: correlations,
      ...time,
    },
    responses: { id: "security-responses", name: "Security: responses", title: responses, ...time },
    deadLetters: { id: "security-dead-letters", name: "Security: dead letters", title: deadLetter, ...time },
  };
}

const PREFIX = "security-";

/** `security-*` where all names begin so, as they do by default; else the names. */
function everything(indices: Indices): string {
  const names = Object.values(indices);
  return names.every((name) => name.startsWith(PREFIX)) ? `${PREFIX}*` : names.join(",");
}
