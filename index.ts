import type * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./components/core/config/config-error";
import { loadFromEngine, readSecrets } from "./components/core/config/load";
import { parseConfig } from "./components/core/config/parse";
import { shownError } from "./components/core/config/shown-error";
import { ContractError } from "./components/core/contract/contract-error";
import { planWithExtras } from "./components/core/plan/plan";
import { FEATURES } from "./components/registry";
import { SecurityStack, stackOutputs } from "./components/stack/security-stack";

function deploy(): Record<string, pulumi.Input<unknown>> {
  const raw = loadFromEngine();
  const planned = planWithExtras(parseConfig(raw, FEATURES));
  const stack = new SecurityStack("security-stack", {
    ...planned,
    secrets: readSecrets(raw),
    renderToDirectory: process.env["SECURITY_STACK_RENDER_DIRECTORY"],
  });
  return stackOutputs(stack, planned.plan);
}

export = async () => {
  try {
    return deploy();
  } catch (error) {
    throw error instanceof ConfigError || error instanceof ContractError ? shownError(error.message) : error;
  }
};
