import { SCENARIO_IMAGES } from "../../components/core/tables/pins";
import { SHAPES } from "../cluster/pods";
import { namespaceOf } from "../model/names";
import type { PodName } from "../model/scenario-schema";

/** The node of the samples, and where its pods run. */
export const NODE = "node-1";

export interface SamplePod {
  namespace: string;
  name: string;
  uid: string;
  /** All 64 digits. */
  containerId: string;
  container: string;
  image: { name: string; tag: string };
}

const CONTAINERS: Record<PodName, string> = {
  "ctem-testbox": "box",
  attacker: "attacker",
  "target-nginx": "nginx",
  "escape-box": "box",
};

/** The pod as the sensors would tell of it; other pods are like the test box. */
export function samplePod(name: string): SamplePod {
  const like: PodName = name in SHAPES ? (name as PodName) : "ctem-testbox";
  const { registry, repository, tag } = SCENARIO_IMAGES[SHAPES[like].image];
  const digits = Buffer.from(name.padEnd(32, "-")).toString("hex").slice(0, 64);
  return {
    namespace: namespaceOf(name),
    name,
    uid: `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4a52-9b1c-${digits.slice(12, 24)}`,
    containerId: digits,
    container: CONTAINERS[like],
    image: { name: `${registry}/${repository}`, tag },
  };
}

/** Nanoseconds, as Falco and Tetragon write them: each event of a sample at one of its own. */
export function nanoTime(at: Date, nanos: number): string {
  return `${at.toISOString().slice(0, -1)}${String(nanos % 1_000_000).padStart(6, "0")}Z`;
}

let events = 0;

/** A number that no other sample event of this process has. */
export function nextEvent(): number {
  events += 1;
  return events;
}
