import { admissionRules } from "../policies/admission-rules";
import { allowedRegistries } from "../policies/allowed-registries";
import { apiServerCallbacks } from "../policies/api-server-callbacks";
import { automountToken } from "../policies/automount-token";
import { awsControlPlaneLogs } from "../policies/aws-control-plane-logs";
import { awsEncryption } from "../policies/aws-encryption";
import { awsEndpoint } from "../policies/aws-endpoint";
import { awsIam } from "../policies/aws-iam";
import { awsInstanceMetadata } from "../policies/aws-instance-metadata";
import { awsPrivateNodes } from "../policies/aws-private-nodes";
import { awsSecurityGroups } from "../policies/aws-security-groups";
import { awsTags } from "../policies/aws-tags";
import { capabilities } from "../policies/capabilities";
import { clusterCapacity } from "../policies/cluster-capacity";
import { collectorDebugExporter } from "../policies/collector-debug-exporter";
import { collectorDelivery } from "../policies/collector-delivery";
import { collectorDurability } from "../policies/collector-durability";
import { collectorTls } from "../policies/collector-tls";
import { containerResources } from "../policies/container-resources";
import { crdInStack } from "../policies/crd-in-stack";
import { daemonsetNodes } from "../policies/daemonset-nodes";
import { daemonsetTolerations } from "../policies/daemonset-tolerations";
import { dataProtected } from "../policies/data-protected";
import { defaultDenyNetwork } from "../policies/default-deny-network";
import { disruptionBudget } from "../policies/disruption-budget";
import { hostNamespaces } from "../policies/host-namespaces";
import { hostPaths } from "../policies/host-paths";
import { jvmHeap } from "../policies/jvm-heap";
import { keepVolumeClaims } from "../policies/keep-volume-claims";
import { kernelConfinement } from "../policies/kernel-confinement";
import { limitsCoverRequests } from "../policies/limits-cover-requests";
import { namespacePodSecurity } from "../policies/namespace-pod-security";
import { noClearSecrets } from "../policies/no-clear-secrets";
import { noClusterAdmin } from "../policies/no-cluster-admin";
import { noEscalatingRbac } from "../policies/no-escalating-rbac";
import { noPrivileged } from "../policies/no-privileged";
import { noRetainedObjects } from "../policies/no-retained-objects";
import { noWildcardRbac } from "../policies/no-wildcard-rbac";
import { nodeBudget } from "../policies/node-budget";
import { opaqueResources } from "../policies/opaque-resources";
import { overrideFields } from "../policies/override-fields";
import { pinnedImages } from "../policies/pinned-images";
import { priorityClass } from "../policies/priority-class";
import { privilegeEscalation } from "../policies/privilege-escalation";
import { probes } from "../policies/probes";
import { readOnlyRoot } from "../policies/read-only-root";
import { runAsNonRoot } from "../policies/run-as-non-root";
import { scheduling } from "../policies/scheduling";
import { seccompProfile } from "../policies/seccomp-profile";
import { serviceTls } from "../policies/service-tls";
import { standardLabelsPolicy } from "../policies/standard-labels";
import { trafficOfOthers } from "../policies/traffic-of-others";
import { volumeTypes } from "../policies/volume-types";
import { withinSizing } from "../policies/within-sizing";
import { workloadShape } from "../policies/workload-shape";
import type { Policy } from "./policy";

/** Every policy, by what it is about: adding one is its file and one line here. */
export const POLICIES: readonly Policy[] = [
  // Sizing
  containerResources,
  limitsCoverRequests,
  withinSizing,
  jvmHeap,
  nodeBudget,
  clusterCapacity,
  // Overrides
  overrideFields,
  allowedRegistries,
  pinnedImages,
  daemonsetTolerations,
  daemonsetNodes,
  // Pod security
  noPrivileged,
  privilegeEscalation,
  capabilities,
  runAsNonRoot,
  seccompProfile,
  readOnlyRoot,
  hostNamespaces,
  hostPaths,
  volumeTypes,
  kernelConfinement,
  namespacePodSecurity,
  admissionRules,
  // Rights, network, secrets
  noWildcardRbac,
  noEscalatingRbac,
  noClusterAdmin,
  apiServerCallbacks,
  automountToken,
  defaultDenyNetwork,
  trafficOfOthers,
  serviceTls,
  noClearSecrets,
  // Running well
  workloadShape,
  probes,
  disruptionBudget,
  priorityClass,
  scheduling,
  standardLabelsPolicy,
  // Garbage and data
  noRetainedObjects,
  crdInStack,
  dataProtected,
  keepVolumeClaims,
  opaqueResources,
  // Pipeline
  collectorTls,
  collectorDelivery,
  collectorDebugExporter,
  collectorDurability,
  // The cluster on AWS
  awsEndpoint,
  awsIam,
  awsEncryption,
  awsInstanceMetadata,
  awsPrivateNodes,
  awsSecurityGroups,
  awsControlPlaneLogs,
  awsTags,
];
