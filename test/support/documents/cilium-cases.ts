import { hubbleCollector } from "../../../components/cilium/hubble-collector";
import type { Case } from "./case";

interface Drop {
  time: string;
  flow: {
    drop_reason_desc: string;
    traffic_direction: "EGRESS" | "INGRESS";
    source: { pod_name?: string };
    destination: { pod_name?: string };
  };
}

const LINES = hubbleCollector.samples().flatMap(({ lines }) => lines);
const DROPS = LINES.map((line) => JSON.parse(line) as Drop);

/** Of Hubble's own exporter: each with its own time. */
export const CILIUM: Case[] = LINES.map((line, i) => ({
  name: `${i + 1}: ${DROPS[i]!.flow.drop_reason_desc}`,
  line,
  index: "network",
}));

export function ciliumTimeOf(index: number): string {
  return DROPS[index]!.time;
}

/** The pod whose policy it was: of what leaves a pod the one that sends, else the one that would have got it. */
export function ciliumPodOf(line: string): string | undefined {
  const { flow } = JSON.parse(line) as Drop;
  return (flow.traffic_direction === "EGRESS" ? flow.source : flow.destination).pod_name;
}
