import type { CollectorComponent, PlannedFragment } from "../../documents/documents";
import type { SecretKey } from "../../documents/store";
import type { RuleName } from "../../kubernetes/admission-rules";
import type { Chart } from "../../kubernetes/charts";
import type { Condition } from "../../kubernetes/conditions";
import type { Manifest, PlannedObject } from "../../kubernetes/manifest";
import type { AwsRights } from "./aws-rights";
import type { DocumentConverter } from "./document-converter";
import type { LineReader } from "./line-reader";
import type { FeatureNamespace } from "./namespaces";
import type { StoreLook } from "./store-look";

/** What a feature adds to the stack, as plain data. */
export interface Contribution {
  /** Namespaces beside the stack's own two, which are made for whoever has an object in them. */
  namespaces?: FeatureNamespace[];
  manifests: Manifest[];
  charts?: Chart[];
  /** Made after the charts and deleted before them, but for definitions of kinds, which are there before the charts. */
  customObjects?: PlannedObject[];
  /**
   * Of what detects: the rules, policies or queries that are on, by the names that its documents carry. Who looks for
   * what is off knows that it can't be found.
   */
  detections?: readonly string[];
  /** Rules about users' pods by which it refuses or warns somewhere. */
  enforces?: readonly RuleName[];
  /** Those of them by which it refuses somewhere. */
  denies?: readonly RuleName[];
  /** What it refuses in every namespace of users that its config does not name. */
  refuses?: Refused;
  /** Of pods that an operator makes for it: the ServiceAccount that they have. */
  accounts?: PodAccount[];
  /** The mesh that it takes users' pods into. */
  mesh?: Mesh;
  /** Its pods' ways to hosts outside, each with a NetworkPolicy of its name that has the same by address. */
  hostEgress?: HostEgress[];
  /** Keys of Elasticsearch that its pods mount; made by the program where `store.makesKeys`. */
  apiKeys?: ApiKey[];
  /** Instead of those of its collector, where its config asks for other lines. */
  receivers?: Record<string, CollectorComponent>;
  /** Programs of its own that read its lines from elsewhere, where no node has them as files. */
  lineReaders?: LineReader[];
  /** Programs of its own that make something else of the documents that pass through Kafka. */
  documentConverters?: DocumentConverter[];
  /** It enforces NetworkPolicies itself: a second engine for them is left off where the stack makes the cluster. */
  enforcesNetworkPolicies?: boolean;
  /** It is the network of pods itself: where the stack makes the cluster, it is there before the nodes. */
  podNetwork?: PodNetwork;
  /** Policies of its own kind by which a pod is cut off, whatever other policies allow. */
  denyPolicies?: DenyPolicy[];
  /** What its pods may do in AWS; a cluster that the stack makes there gives them a role for each. */
  awsRights?: AwsRights[];
  /** Kinds of others of which it has objects: where the cluster has none of them, nothing is written. */
  needsKinds?: NeededKind[];
  /** What the store must not hold, or nothing is written. */
  storeLooks?: StoreLook[];
  /** Programs of its own that Alertmanager tells of alerts, beside people. */
  alertReceivers?: AlertReceiver[];
  conditions: Condition[];
  /** Exceptions that it applies itself, for those who read the plan. */
  exceptions?: readonly AppliedException[];
  /** What an administrator should know, shown by `npm run plan` and after `npm run up`. */
  warnings?: string[];
  nextSteps?: string[];
  /** Addresses by name, shown in the stack's outputs. */
  endpoints?: Record<string, string>;
}

/** A kind that somebody else installs. */
export interface NeededKind {
  /** With its group: "policies.kyverno.io/v1". */
  apiVersion: string;
  /** As paths have it. */
  plural: string;
  /** What brings it, in words. */
  whose: string;
  /** Where in the stack config it is asked for. */
  path: string;
}

/** What of a NetworkPolicy is by address, since it knows no names: what knows them can hold it by name. */
export interface HostEgress {
  /** Of the NetworkPolicy. */
  name: string;
  namespace: string;
  /** Labels of the pods. */
  pods: Readonly<Record<string, string>>;
  hosts: { host: string; ports: number[] }[];
  /** Networks in which no such host may be, whatever its name leads to. */
  never: { cidr: string; except?: string[] }[];
}

/** Pods, and who they are to the API server and to a mesh. */
export interface PodAccount {
  namespace: string;
  labels: Readonly<Record<string, string>>;
  serviceAccount: string;
}

/** What is refused when an object is made. */
export interface Refused {
  rules: readonly RuleName[];
  /** One from which images are taken, where they are not taken from everywhere. */
  registry?: string;
}

/** Pods in a mesh, and their way out of the cluster. */
export interface Mesh {
  /** Namespaces that are in it as a whole. */
  namespaces: readonly string[];
  /** Namespaces of the stack itself that are in it. */
  own?: readonly string[];
  /** Labels that take a namespace in. */
  labels: Readonly<Record<string, string>>;
  /** Port on which a pod's traffic of the mesh arrives, whatever port it is for. */
  port: number;
  /** Address that the kubelet's probes of a pod in it come from. */
  probes: string;
  /** Namespace of the proxy through which its pods reach hosts outside of the cluster; none where they reach none. */
  egress?: string;
}

/** What a feature does about one of `exceptions`. */
export interface AppliedException {
  /** Its place in the list. */
  index: number;
  /** In words, after the feature's name: "does not report them: exceptions of 3 rules". */
  how: string;
}

/** An Elasticsearch API key with just the rights that one client needs. */
export interface ApiKey {
  /** What it is for: "gateway". */
  name: string;
  /** Where the client's pods find it, encoded, in the restricted namespace. */
  secret: SecretKey;
  /** Labels of the client's pods there, which a NetworkPolicy lets in. */
  pods: Readonly<Record<string, string>>;
  /** Role descriptors of Elasticsearch's "create API key", by name. */
  roles: Readonly<Record<string, unknown>>;
}

/** What gives pods their addresses, in a cluster that is made with it. Without it no node gets ready. */
export interface PodNetwork {
  /** On every new node until its agent runs there: other pods stay away so long. */
  startupTaint: { key: string; value: string; effect: "NoExecute" };
  /** It does what kube-proxy does, which is left out then. */
  replacesKubeProxy: boolean;
  /** ConfigMap in which its pods look for the API server: the keys `host` and `port`. */
  apiServer?: { namespace: string; name: string };
}

/** A program of the stack that is told of alerts while they last, again and again. */
export interface AlertReceiver {
  /** A name that no receiver of the user's has. */
  name: string;
  /** https, at a Service of the cluster. */
  url: string;
  /** On which its pods listen. */
  podPort: number;
  /** In the restricted namespace: CA of its certificate, certificate and key of the client, and a bearer token. */
  secret: { name: string; ca: string; certificate: string; key: string; token: string };
  /** Alertmanager's matchers of the alerts that it gets. */
  matchers: string[];
  /** After how long it is told again of what still holds: "1m". */
  repeat: string;
}

/** A policy that wins over all that NetworkPolicies allow. */
export interface DenyPolicy {
  /** With its group: "cilium.io/v2". */
  apiVersion: string;
  kind: string;
  /** As paths have it: "ciliumnetworkpolicies". */
  plural: string;
  /** Field of its spec that selects pods by `matchLabels`. */
  selector: string;
  /** The rest of its spec: it denies everything. */
  spec: Readonly<Record<string, unknown>>;
}

/** A feature's contribution with what the planner adds to it. */
export interface PlannedContribution extends Contribution {
  /** What the tool writes on the nodes and how a line of it becomes a document. */
  collector?: PlannedFragment;
  /** Plain data for what the feature makes beside the plan (`FeatureDefinition.resources`). */
  component?: unknown;
}

/** A feature's place in the plan. */
export interface PlannedFeature {
  name: string;
  title: string;
  priority: number;
  contribution: PlannedContribution;
}
