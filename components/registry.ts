import { scenarios } from "../scenarios/feature/scenarios-feature";
import { cilium } from "./cilium/cilium-feature";
import type { Feature } from "./core/contract/feature";
import { correlation } from "./correlation/correlation-feature";
import { elastic } from "./elastic/elastic-feature";
import { falco } from "./falco/falco-feature";
import { gatekeeper } from "./gatekeeper/gatekeeper-feature";
import { istio } from "./istio/istio-feature";
import { k8sAudit } from "./k8s-audit/audit-feature";
import { notifications } from "./notifications/notifications-feature";
import { ocsf } from "./ocsf/ocsf-feature";
import { osquery } from "./osquery/osquery-feature";
import { otelPipeline } from "./pipeline/pipeline-feature";
import { podAdmission } from "./pod-admission/pod-admission-feature";
import { response } from "./response/response-feature";
import { tetragon } from "./tetragon/tetragon-feature";
import { trivy } from "./trivy/trivy-feature";
import { workloadNamespaces } from "./workload-namespaces/workload-namespaces-feature";

/** Every feature of the stack: adding a tool is its folder and one line here. */
export const FEATURES: readonly Feature[] = [
  podAdmission,
  cilium,
  correlation,
  elastic,
  falco,
  gatekeeper,
  istio,
  k8sAudit,
  notifications,
  ocsf,
  osquery,
  otelPipeline,
  response,
  scenarios,
  tetragon,
  trivy,
  workloadNamespaces,
];
