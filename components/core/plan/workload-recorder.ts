import type { ChartSource } from "../../kubernetes/charts";
import type { Resources, WorkloadKind, WorkloadSettings } from "../../kubernetes/workloads";
import type { Envelope } from "../config/envelope-schema";
import { chartName, imageReference, type PinnedChart, type PinnedImage } from "../tables/pins";
import { mainContainer, type SizedWorkload } from "./fit";
import { mergeOverrides, NODE_AGENT, type Override } from "./overrides";
import { NODE_AGENT_PRIORITY_CLASS } from "./platform";

/** What has replicas. */
const SCALED: readonly WorkloadKind[] = ["Deployment", "StatefulSet"];

/** Hands out workload settings, images and charts to the features, and remembers them for the plan's summary. */
export class WorkloadRecorder {
  private readonly workloads = new Map<
    string,
    { name: string; kind: WorkloadKind; settings: WorkloadSettings }
  >();
  private readonly sideContainers = new Map<string, SizedWorkload & { image: string }>();

  constructor(private readonly envelope: Envelope) {}

  sized(): SizedWorkload[] {
    const main = [...this.workloads].map(([name, { kind, settings }]) => ({
      name,
      kind,
      replicas: settings.replicas,
      ...settings.resources,
    }));
    const beside = [...this.sideContainers.values()].map(({ image: _, ...container }) => container);
    return [...main, ...beside].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** What each workload's main container asks for and may use. */
  ofMainContainers(): ({ name: string } & Resources)[] {
    return [...this.workloads].map(([name, { settings }]) => ({ name, ...settings.resources }));
  }

  /** Overrides that do nothing. Call it when every feature is planned. */
  warnings(): string[] {
    const { override } = this.envelope;
    const kinds = new Map([...this.workloads.values()].map(({ name, kind }) => [name, kind]));
    return Object.entries(override).flatMap(([name, { replicas }]) => {
      const kind = name === NODE_AGENT ? "DaemonSet" : kinds.get(name);
      if (kind === undefined) return [`override.${name} is ignored: nothing of that name is deployed.`];
      if (replicas === undefined || SCALED.includes(kind)) return [];
      return [`override.${name}.replicas is ignored: a ${kind} has none.`];
    });
  }

  images(): Record<string, string> {
    const main = [...this.workloads].map(([name, { settings }]) => [name, settings.image] as const);
    const beside = [...this.sideContainers].map(([name, { image }]) => [name, image] as const);
    return Object.fromEntries([...main, ...beside].sort(([a], [b]) => a.localeCompare(b)));
  }

  workload(
    name: string,
    kind: WorkloadKind,
    image: PinnedImage,
    defaults: Override = {},
    instance?: string,
  ): WorkloadSettings {
    const { override, global } = this.envelope;
    const perNode = kind === "DaemonSet";
    const layers: (Override | undefined)[] = [
      { resources: mainContainer(name) },
      defaults,
      perNode ? override[NODE_AGENT] : undefined,
      override[name],
    ];
    const merged = mergeOverrides(...layers);
    const settings: WorkloadSettings = {
      resources: completeResources(name, merged.resources),
      replicas: merged.replicas ?? 1,
      // A sensor that misses the tainted nodes misses the control plane, of all nodes.
      tolerations: merged.tolerations ?? (perNode ? [{ operator: "Exists" }] : []),
      nodeSelector: { "kubernetes.io/os": "linux", ...merged.nodeSelector },
      priorityClassName: merged.priorityClassName ?? (perNode ? NODE_AGENT_PRIORITY_CLASS : undefined),
      image: merged.image ?? imageReference(image, global.imageRegistry),
    };
    this.workloads.set(instance === undefined ? name : `${name} ${instance}`, { name, kind, settings });
    return settings;
  }

  sideContainer({ name, kind, replicas, requests, limits }: SizedWorkload, image: PinnedImage): string {
    const reference = imageReference(image, this.envelope.global.imageRegistry);
    this.sideContainers.set(name, { name, kind, replicas, requests, limits, image: reference });
    return reference;
  }

  chart(chart: PinnedChart): ChartSource {
    const mirror = this.envelope.global.charts;
    if (mirror === undefined)
      return { chart: chart.chart, version: chart.version, repository: chart.repository };
    const source = `${mirror.replace(/\/$/, "")}/${chartName(chart)}`;
    return mirror.startsWith("oci://") ? { chart: source, version: chart.version } : { chart: source };
  }
}

function completeResources(name: string, resources: Override["resources"]): Resources {
  const { requests, limits } = resources ?? {};
  if (!requests?.cpu || !requests.memory || !limits?.cpu || !limits.memory)
    throw new Error(
      `workload ${name} has no row in the sizing table and its feature gives no complete resources`,
    );
  return {
    requests: { cpu: requests.cpu, memory: requests.memory },
    limits: { cpu: limits.cpu, memory: limits.memory },
  };
}
