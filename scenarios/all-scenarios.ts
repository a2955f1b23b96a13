import { apiAdmission } from "./attacks/api-admission";
import { apiAnonymous } from "./attacks/api-anonymous";
import { apiBackups } from "./attacks/api-backups";
import { apiCertificate } from "./attacks/api-certificate";
import { apiCoverTracks } from "./attacks/api-cover-tracks";
import { apiCronjob } from "./attacks/api-cronjob";
import { apiDaemonset } from "./attacks/api-daemonset";
import { apiDestroy } from "./attacks/api-destroy";
import { apiDiscovery } from "./attacks/api-discovery";
import { apiEscape } from "./attacks/api-escape";
import { apiExec } from "./attacks/api-exec";
import { apiFlood } from "./attacks/api-flood";
import { apiGuessing } from "./attacks/api-guessing";
import { apiImpersonation } from "./attacks/api-impersonation";
import { apiMasquerade } from "./attacks/api-masquerade";
import { apiNewAccount } from "./attacks/api-new-account";
import { apiPermissions } from "./attacks/api-permissions";
import { apiPod } from "./attacks/api-pod";
import { apiProxyScan } from "./attacks/api-proxy-scan";
import { apiRights } from "./attacks/api-rights";
import { apiSecrets } from "./attacks/api-secrets";
import { apiToken } from "./attacks/api-token";
import { apiTokenUsed } from "./attacks/api-token-used";
import { clearLogs } from "./attacks/clear-logs";
import { containerAdminCommand } from "./attacks/container-admin-command";
import { deployContainer } from "./attacks/deploy-container";
import { downloadExecute } from "./attacks/download-execute";
import { filelessExecution } from "./attacks/fileless-execution";
import { masquerading } from "./attacks/masquerading";
import { networkScan } from "./attacks/network-scan";
import { outboundDownload } from "./attacks/outbound-download";
import { readPasswords } from "./attacks/read-passwords";
import { refusedClearNodes } from "./attacks/refused-clear-nodes";
import { refusedEgress } from "./attacks/refused-egress";
import { refusedHost } from "./attacks/refused-host";
import { refusedMeshBypass } from "./attacks/refused-mesh-bypass";
import { refusedMeshSystem } from "./attacks/refused-mesh-system";
import { refusedPlaintext } from "./attacks/refused-plaintext";
import { refusedPrivileged } from "./attacks/refused-privileged";
import { resourceHijacking } from "./attacks/resource-hijacking";
import { scopeInventory } from "./attacks/scope-inventory";
import { searchKeys } from "./attacks/search-keys";
import { tokenReplay } from "./attacks/token-replay";
import { unshareNamespaces } from "./attacks/unshare-namespaces";
import { validateContainerEscape } from "./attacks/validate-container-escape";
import { validateCronPersistence } from "./attacks/validate-cron-persistence";
import { validateK8sApi } from "./attacks/validate-k8s-api";
import { validateShell } from "./attacks/validate-shell";
import type { Scenario } from "./model/scenario-schema";

/** Attacks that are found, in the order in which they run: adding one is its file and a line here. */
export const SCENARIOS: readonly Scenario[] = [
  scopeInventory,
  validateShell,
  validateK8sApi,
  validateContainerEscape,
  validateCronPersistence,
  containerAdminCommand,
  tokenReplay,
  unshareNamespaces,
  outboundDownload,
  downloadExecute,
  clearLogs,
  filelessExecution,
  masquerading,
  resourceHijacking,
  networkScan,
  deployContainer,
  readPasswords,
  searchKeys,
  apiAnonymous,
  apiImpersonation,
  apiNewAccount,
  apiRights,
  apiCertificate,
  apiPermissions,
  apiToken,
  apiTokenUsed,
  apiSecrets,
  apiDiscovery,
  apiGuessing,
  apiExec,
  apiPod,
  apiEscape,
  apiCronjob,
  apiDaemonset,
  apiAdmission,
  apiCoverTracks,
  apiDestroy,
  apiBackups,
  apiFlood,
  apiProxyScan,
  apiMasquerade,
];

/** What has to be refused, by features that a stack may have off: those are offered where one is on. */
export const REFUSED: readonly Scenario[] = [
  refusedPrivileged,
  refusedMeshSystem,
  refusedMeshBypass,
  refusedHost,
  refusedPlaintext,
  refusedEgress,
  refusedClearNodes,
];

export const ALL_SCENARIOS: readonly Scenario[] = [...SCENARIOS, ...REFUSED];
