import type { AuditRule } from "./audit-rule";
import { admissionChanged } from "./rules/admission-changed";
import { anonymousAccess } from "./rules/anonymous-access";
import { anonymousBinding } from "./rules/anonymous-binding";
import { attach } from "./rules/attach";
import { backupDeleted } from "./rules/backup-deleted";
import { bindingExtended } from "./rules/binding-extended";
import { certificateApproved } from "./rules/certificate-approved";
import { chosenAuditId } from "./rules/chosen-audit-id";
import { cloudAccessChanged } from "./rules/cloud-access-changed";
import { cloudIdentity } from "./rules/cloud-identity";
import { clusterAdminBinding } from "./rules/cluster-admin-binding";
import { clusterDnsChanged } from "./rules/cluster-dns-changed";
import { constraintChanged } from "./rules/constraint-changed";
import { controllerAccountInPod } from "./rules/controller-account-in-pod";
import { controllerAccountMounted } from "./rules/controller-account-mounted";
import { cronjobByPerson } from "./rules/cronjob-by-person";
import { daemonsetByPerson } from "./rules/daemonset-by-person";
import { daemonsetDeleted } from "./rules/daemonset-deleted";
import { definitionDeleted } from "./rules/definition-deleted";
import { ephemeralContainer } from "./rules/ephemeral-container";
import { eventsDeleted } from "./rules/events-deleted";
import { exec } from "./rules/exec";
import { externalAddressTaken } from "./rules/external-address-taken";
import { hostPathVolume } from "./rules/host-path-volume";
import { hostPathWorkload } from "./rules/host-path-workload";
import { impersonation } from "./rules/impersonation";
import { kubeSystemToken } from "./rules/kube-system-token";
import { meshLabelRemoved } from "./rules/mesh-label-removed";
import { minerImage } from "./rules/miner-image";
import { namespaceDeleted } from "./rules/namespace-deleted";
import { namespaceUnguarded } from "./rules/namespace-unguarded";
import { networkPolicyDeleted } from "./rules/network-policy-deleted";
import { newServiceAccount } from "./rules/new-service-account";
import { nodeProxy } from "./rules/node-proxy";
import { permissionsListed } from "./rules/permissions-listed";
import { podByPerson } from "./rules/pod-by-person";
import { policyNoLongerDenies } from "./rules/policy-no-longer-denies";
import { portForward } from "./rules/port-forward";
import { privilegedWorkload } from "./rules/privileged-workload";
import { rightsApplied } from "./rules/rights-applied";
import { rightsPatched } from "./rules/rights-patched";
import { roleEscalation } from "./rules/role-escalation";
import { runtimeSocket } from "./rules/runtime-socket";
import { secretsListed } from "./rules/secrets-listed";
import { secretsListedByPod } from "./rules/secrets-listed-by-pod";
import { sensorPolicyChanged } from "./rules/sensor-policy-changed";
import { serviceAccountOutsidePod } from "./rules/service-account-outside-pod";
import { serviceAccountToken } from "./rules/service-account-token";
import { snapshotContentDeleted } from "./rules/snapshot-content-deleted";
import { systemName } from "./rules/system-name";
import { throwawayRegistry } from "./rules/throwaway-registry";
import { volumeDeleted } from "./rules/volume-deleted";
import { wildcardRole } from "./rules/wildcard-role";

/** All rules over one request, the least severe first: of several that fit, the last gives the document its name. */
export const AUDIT_RULES: readonly AuditRule[] = [
  exec,
  attach,
  portForward,
  ephemeralContainer,
  nodeProxy,
  podByPerson,
  privilegedWorkload,
  hostPathWorkload,
  serviceAccountToken,
  secretsListed,
  secretsListedByPod,
  wildcardRole,
  clusterAdminBinding,
  rightsApplied,
  roleEscalation,
  impersonation,
  newServiceAccount,
  cloudIdentity,
  certificateApproved,
  admissionChanged,
  daemonsetDeleted,
  cronjobByPerson,
  daemonsetByPerson,
  anonymousAccess,
  namespaceDeleted,
  volumeDeleted,
  backupDeleted,
  eventsDeleted,
  permissionsListed,
  chosenAuditId,
  snapshotContentDeleted,
  anonymousBinding,
  serviceAccountOutsidePod,
  controllerAccountInPod,
  controllerAccountMounted,
  kubeSystemToken,
  runtimeSocket,
  minerImage,
  throwawayRegistry,
  systemName,
  bindingExtended,
  cloudAccessChanged,
  clusterDnsChanged,
  definitionDeleted,
  externalAddressTaken,
  hostPathVolume,
  namespaceUnguarded,
  networkPolicyDeleted,
  rightsPatched,
  sensorPolicyChanged,
  constraintChanged,
  policyNoLongerDenies,
  meshLabelRemoved,
].sort((a, b) => a.severity - b.severity);
