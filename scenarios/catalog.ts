import { scopeInventory } from "./attacks/scope-inventory";
import { validateContainerEscape } from "./attacks/validate-container-escape";
import { validateCronPersistence } from "./attacks/validate-cron-persistence";
import { validateK8sApi } from "./attacks/validate-k8s-api";
import { validateShell } from "./attacks/validate-shell";
import type { Scenario } from "./schema";

/** All scenarios, in the order in which they run: adding one is its file and a line here. */
export const SCENARIOS: readonly Scenario[] = [
  scopeInventory,
  validateShell,
  validateK8sApi,
  validateContainerEscape,
  validateCronPersistence,
];
