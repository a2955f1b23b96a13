import { clearLogs } from "./attacks/clear-logs";
import { containerAdminCommand } from "./attacks/container-admin-command";
import { deployContainer } from "./attacks/deploy-container";
import { downloadExecute } from "./attacks/download-execute";
import { filelessExecution } from "./attacks/fileless-execution";
import { masquerading } from "./attacks/masquerading";
import { networkScan } from "./attacks/network-scan";
import { outboundDownload } from "./attacks/outbound-download";
import { readPasswords } from "./attacks/read-passwords";
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

/** All scenarios, in the order in which they run: adding one is its file and a line here. */
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
];
