import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import type { Manifest } from "../../kubernetes/manifest";
import type { SizedWorkload } from "../plan/fit";

/**
 * One pod, in the restricted namespace, with a program that reads a tool's lines from where no node has them as files. A
 * collector beside it takes them, as a node's collector takes those of files; what it answers for is in its queue on disk.
 */
export interface LineReader {
  /** Of all its objects, the ServiceAccount too. */
  name: string;
  /** What the pod needs: its ServiceAccount and the ConfigMap of its program. They are made with it. */
  manifests: Manifest[];
  /** `host.name` of the documents: no node has written these lines. */
  host: string;
  /** The pod without the collector. Its one container gets {@link READER_STATE_FOLDER}, to keep its place in. */
  template: PodTemplateSpec;
  /** The collector, in the sizing. */
  collector: SizedWorkload;
  /** Where the program reads. */
  egress: NetworkPolicyEgressRule[];
}

/** Where the collector takes lines, within the pod alone: OTLP over HTTP. */
export const LINES_ADDRESS = "127.0.0.1:4318";

/** The folder of the pod's volume in the program's container. */
export const READER_STATE_FOLDER = "/var/lib/line-reader";
