/** A node as the API server gives it, as far as the doctor looks at it. */
export interface Node {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { unschedulable?: boolean; providerID?: string };
  status?: {
    allocatable?: { cpu?: string; memory?: string };
    nodeInfo?: { kernelVersion?: string; operatingSystem?: string; osImage?: string; architecture?: string };
  };
}

/** A pod as the API server gives it, as far as the doctor looks at it. */
export interface Pod {
  metadata?: { labels?: Record<string, string> };
  spec?: {
    nodeName?: string;
    containers?: { resources?: { requests?: { cpu?: string; memory?: string } } }[];
  };
}
