/** A node as the API server gives it, as far as the doctor looks at it. */
export interface Node {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { unschedulable?: boolean; providerID?: string };
  status?: {
    allocatable?: { cpu?: string; memory?: string };
    nodeInfo?: { kernelVersion?: string; operatingSystem?: string; osImage?: string; architecture?: string };
  };
}

export function kernelOf({ status }: Node): string {
  return status?.nodeInfo?.kernelVersion ?? "";
}

/** Nodes whose kernel is older than that; none whose version can't be read. */
export function nodesBelow(nodes: readonly Node[], major: number, minor: number): Node[] {
  return nodes.filter((node) => isBelow(kernelOf(node), major, minor));
}

/** Nodes with their kernels, for a message. */
export function withKernels(nodes: readonly Node[]): string {
  return nodes.map((node) => `${node.metadata.name} ${kernelOf(node)}`).join(", ");
}

function isBelow(version: string, major: number, minor: number): boolean {
  const found = /^(\d+)\.(\d+)/.exec(version)?.map(Number);
  if (!found) return false;
  const [, foundMajor = 0, foundMinor = 0] = found;
  return foundMajor < major || (foundMajor === major && foundMinor < minor);
}

/** A pod as the API server gives it, as far as the doctor looks at it. */
export interface Pod {
  metadata?: { labels?: Record<string, string> };
  spec?: {
    nodeName?: string;
    containers?: { resources?: { requests?: { cpu?: string; memory?: string } } }[];
  };
}
