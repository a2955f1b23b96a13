import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./components/core/config/config-error";
import { loadFromEngine, readSecrets } from "./components/core/config/load";
import { parseConfig } from "./components/core/config/parse";
import { shownError } from "./components/core/config/shown-error";
import { ContractError } from "./components/core/contract/contract-error";
import { type Plan, planWithExtras } from "./components/core/plan/plan";
import { FEATURES } from "./components/registry";
import { guardCluster } from "./components/stack/foreign-objects";
import { SecurityStack, stackOutputs } from "./components/stack/security-stack";

/** Exit code of a program that has said what is wrong (@pulumi/pulumi, cmd/run/index.ts). */
const SAID_WHY = 32;

async function deploy(): Promise<Record<string, pulumi.Input<unknown>>> {
  const raw = loadFromEngine();
  const planned = planWithExtras(parseConfig(raw, FEATURES));
  const renderToDirectory = process.env["SECURITY_STACK_RENDER_DIRECTORY"];
  const args = { ...planned, secrets: readSecrets(raw), renderToDirectory };
  const stack = new SecurityStack(
    "security-stack",
    args,
    renderToDirectory ? {} : await guarded(planned.plan),
  );
  return stackOutputs(stack, planned.plan);
}

/** Nothing is registered before it is known that nothing of others is in the way. */
async function guarded(plan: Plan): Promise<pulumi.ComponentResourceOptions> {
  const guard = guardCluster(plan.context, plan.adopt, {
    warn: (line) => void pulumi.log.warn(line),
    fail: async (message) => {
      await pulumi.log.error(message);
      process.exit(SAID_WHY);
    },
  });
  await guard.checkPlan(plan);
  return { transforms: [guard.transform] };
}

export = async () => {
  try {
    return await deploy();
  } catch (error) {
    throw error instanceof ConfigError || error instanceof ContractError ? shownError(error.message) : error;
  }
};
